package validate

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"vsim/profile/device"
	"vsim/profile/device/cache"
	"vsim/profile/device/gpu/fakegpu"
	"vsim/profile/measure/input"
)

// fakeKit has what a matrix of a GPU names, under these names: a quick network and small pictures.
func fakeKit(t *testing.T, m *Matrix) *kit {
	t.Helper()
	t.Setenv(cache.Env, t.TempDir())
	_, d := fakegpu.Device(t)
	sets, _, err := input.FindImages(t.Context(), []string{"small"}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	k := &kit{libraries: device.OpenCodec(), device: d, burst: time.Nanosecond}
	network := fakegpu.Model(t)
	for _, c := range m.Cases {
		p := c.Scenario.Pipeline
		if k.model(p.Model) == nil {
			k.models = append(k.models, input.Model{Name: p.Model, Path: network})
		}
		for _, im := range p.Images {
			if k.set(im.Size) == nil {
				k.images = append(k.images, input.Images{Name: im.Size, Files: sets[0].Files})
			}
		}
	}
	return k
}

// glimpse profiles both sides until each point was visited, in visits of one job.
func glimpse(t *testing.T, k *kit, m *Matrix) benches {
	t.Helper()
	out, err := k.open(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(out.close)
	for out.unmeasured() {
		if err := out.slice(t.Context(), 10*time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// What is profiled for an embedded matrix of a GPU is enough to predict each of its cases, at any rate.
func TestProfileReachesEveryCaseOfTheEmbeddedMatrices(t *testing.T) {
	for _, name := range Matrices() {
		if !strings.HasPrefix(name, "gpu") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			m, err := Read(name, nil, time.Second)
			if err != nil {
				t.Fatal(err)
			}
			v := &validation{m: m, benches: glimpse(t, fakeKit(t, m), m)}
			f, err := v.newForecast()
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range m.Cases {
				if err := c.measuredLink(f.profile); err != nil {
					t.Fatal(err)
				}
				full, err := c.saturated()
				if err != nil {
					t.Fatal(err)
				}
				if _, err := f.compiled(c.Scenario); err != nil {
					t.Errorf("case %q: %v", c.Name, err)
				}
				if _, err := f.compiled(full); err != nil {
					t.Errorf("case %q, saturated: %v", c.Name, err)
				}
			}
		})
	}
}

// Pictures are decoded in batches as large as their own cases need, no larger, and only where a GPU decodes them;
// models are profiled on the side that they infer on.
func TestOnlyWhatCasesNeedIsProfiled(t *testing.T) {
	m, err := Read(write(t, `
[gpu]
count = 1
[link]
bandwidth = "25GB/s"
latency = "6us"
[pipeline]
model = "a"
inference = "gpu"
preprocessing = "gpu"
image = "small"
[batcher]
max_batch = 33
[[case]]
name = "small"
[[case]]
name = "large"
set = ["pipeline.image=large", "batcher.max_batch=3"]
[[case]]
name = "medium on the CPU"
set = ["pipeline.image=medium", "pipeline.preprocessing=cpu", "inference.instances=3"]
[[case]]
name = "all on the CPU"
set = ["pipeline.model=b", "pipeline.image=medium", "pipeline.preprocessing=cpu", "pipeline.inference=cpu", "batcher.max_batch=5"]
`), nil, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	k := &kit{models: []input.Model{{Name: "a"}, {Name: "b"}}, images: []input.Images{{Name: "small"}, {Name: "large"}, {Name: "medium"}}}
	gpu, cpu := k.gpuConfig(m), k.cpuConfig(m)
	want := map[string][]int{"small": {1, 2, 4, 8, 16, 32, 64}, "large": {1, 2, 4}}
	if !maps.EqualFunc(gpu.Decoding, want, slices.Equal) || len(gpu.Images) != 2 || !slices.Equal(gpu.Batches, []int{1, 2, 3, 4, 8, 16, 32, 33}) || gpu.Beside != 2 {
		t.Errorf("decoding %v of %d sets, batches %v, %d beside", gpu.Decoding, len(gpu.Images), gpu.Batches, gpu.Beside)
	}
	if len(gpu.Models) != 1 || gpu.Models[0].Name != "a" || len(cpu.Models) != 1 || cpu.Models[0].Name != "b" {
		t.Errorf("models %v on the GPU, %v on the CPU", gpu.Models, cpu.Models)
	}
	if len(cpu.Images) != 1 || cpu.Images[0].Name != "medium" || !slices.Equal(cpu.Batches, []int{1, 2, 4, 8}) {
		t.Errorf("%d sets on the CPU, batches %v", len(cpu.Images), cpu.Batches)
	}
}
