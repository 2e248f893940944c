package gpu

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vsim/profile"
	"vsim/profile/device/gpu"
	"vsim/profile/device/gpu/fakegpu"
	"vsim/profile/device/photo"
	"vsim/profile/measure"
	"vsim/profile/measure/input"
)

// fakeConfig measures a small network on the fake GPU, in bursts so short that all points are done soon.
func fakeConfig(t *testing.T) (*fakegpu.GPU, Config) {
	t.Helper()
	fake, d := fakegpu.Device(t)
	network := fakegpu.Model(t)
	return fake, configOf(t, d, Selection{Selection: input.Selection{Models: []string{network, network + "-graph"}, Batches: []int{2, 1}}, Pageable: true}, t.TempDir())
}

// configOf fills a selection for the fake GPU; pictures are kept in cacheDir.
func configOf(t *testing.T, d *gpu.Device, s Selection, cacheDir string) Config {
	t.Helper()
	s.Images, s.Sizes, s.Beside, s.EnergySpan = []string{"small"}, []int{1000}, 1, time.Millisecond
	cfg, err := Find(t.Context(), s, d, cacheDir)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Precision, cfg.Burst = 0.9999, time.Microsecond
	return cfg
}

func openFake(t *testing.T, cfg Config) *measure.Bench {
	t.Helper()
	b, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// openTarget opens the GPU without a bench.
func openTarget(t *testing.T, cfg Config) *target {
	t.Helper()
	cfg, err := cfg.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	g, err := open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	return g
}

// measured measures every point once, and gives the profile as it is read back.
func measured(t *testing.T, cfg Config) *profile.Profile {
	t.Helper()
	cfg.Budget = 1 // ns: what Run does with all points is package measure's to test
	b := openFake(t, cfg)
	for unmeasured, _ := b.Missing(); len(unmeasured) > 0; unmeasured, _ = b.Missing() {
		if err := b.Slice(t.Context(), time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	text, err := b.Profile().Encode()
	if err != nil {
		t.Fatal(err)
	}
	p, err := profile.Parse("gpu.toml", text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The profile of a GPU has all that simulating and the figures want, says which GPU the driver named, and
// is a file that can be read back.
func TestGPUProfileIsWhole(t *testing.T) {
	fake, cfg := fakeConfig(t)
	p := measured(t, cfg)
	for _, k := range []profile.Key{
		{Stage: "h2d", Resource: "link", SizeBytes: 1000}, {Stage: "d2h", Resource: "link", SizeBytes: 1000, Memory: profile.Pageable},
		{Stage: "h2d", Resource: "link", Batch: 2}, {Stage: "d2h", Resource: "link", Batch: 1}, {Stage: "h2d-wall", Resource: "link", SizeBytes: 1000},
		{Stage: "decode", Resource: "gpu", Image: "small"}, {Stage: "decode", Resource: "gpu", Image: "small", Batch: 2},
		{Stage: "resize", Resource: "gpu", Image: "small"}, {Stage: "decode-host", Resource: "cpu", Image: "small"},
		{Stage: "huffman", Resource: "cpu", Image: "small"}, {Stage: "huffman", Resource: "cpu", Image: "small", Batch: 2},
		{Stage: "infer", Resource: "gpu", Model: "tiny", Batch: 1}, {Stage: "infer", Resource: "gpu", Model: "tiny-graph", Batch: 2},
		{Stage: "copy", Resource: "cpu", Model: "tiny"}, {Stage: "post", Resource: "cpu", Model: "tiny-graph"},
		{Stage: "infer-wall", Resource: "gpu", Model: "tiny", Batch: 2}, {Stage: "infer-host", Resource: "cpu", Model: "tiny", Batch: 2},
	} {
		if s := p.Find(k); s == nil || s.N < 1 {
			t.Errorf("the profile lacks %+v", k)
		}
	}
	// Batches 1 and 2, of which 2 is the middle: 4 jobs beside 4, 4 of them beside inference at batch 1, which stands beside
	// what it can; inference hardly notices transfers.
	if len(p.Contention) != 25+2+2+3 || len(p.Slowdowns("gpu", "infer", "decode", "tiny")) != 2 || len(p.Slowdowns("gpu", "infer", "infer", "tiny")) != 4 ||
		len(p.Slowdowns("link", "h2d", "infer", "tiny")) != 1 {
		t.Errorf("contention %+v", p.Contention)
	}
	if own := profile.Batches(p.Slowdowns("gpu", "infer", "infer", "tiny"), false); !slices.Equal(own, []int{1, 2}) {
		t.Errorf("inference beside inference at batches %v", own)
	}
	for _, want := range []string{"instance", "picture", "tensor"} {
		if !slices.ContainsFunc(p.Footprints, func(f profile.Footprint) bool { return f.Of == want }) {
			t.Errorf("no footprint of a %s: %+v", want, p.Footprints)
		}
	}
	if p.Name != fakegpu.Name || !strings.HasPrefix(p.Provenance.GPU, fakegpu.Name) {
		t.Errorf("provenance %+v", p.Provenance)
	}
	if !strings.Contains(fake.ProviderOptions(), "use_tf32=0 enable_cuda_graph=0") {
		t.Errorf("the last instance was opened with %q", fake.ProviderOptions())
	}
	var table bytes.Buffer
	if err := measure.WriteTable(&table, p); err != nil || !strings.Contains(table.String(), "infer beside") && !strings.Contains(table.String(), "1 infer") {
		t.Errorf("%v\n%s", err, &table)
	}
}

// The profile says how far the GPU's answers are from the CPU's; figures of one that computes something else are doubted.
func TestWrongAnswersAreDoubted(t *testing.T) {
	fake, cfg := fakeConfig(t)
	notes := strings.Join(openFake(t, cfg).Profile().Provenance.Notes, "; ")
	for _, want := range []string{`check: a "small" image decoded and resized on the GPU differs from the CPU's by 0.`, "check: answers of tiny with the GPU's preprocessing"} {
		if !strings.Contains(notes, want) {
			t.Errorf("notes %q lack %q", notes, want)
		}
	}
	fake.Skip("nvjpegDecodeJpegDevice") // whatever lies in the memory is taken for the picture
	doubts := visited(t, openFake(t, cfg))
	for _, k := range []profile.Key{{Stage: "decode", Resource: "gpu", Image: "small"}, {Stage: "infer", Resource: "gpu", Model: "tiny", Batch: 1}} {
		if s := doubts.Find(k); s == nil || !strings.Contains(strings.Join(s.Warnings, "; "), "differs: ") {
			t.Errorf("%+v of a decoder that does nothing: %+v", k, s)
		}
	}
}

// visited is the profile of a bench once every point has been visited.
func visited(t *testing.T, b *measure.Bench) *profile.Profile {
	t.Helper()
	for unmeasured, _ := b.Missing(); len(unmeasured) > 0; unmeasured, _ = b.Missing() {
		if err := b.Slice(t.Context(), time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	return b.Profile()
}

// What fails is left out, with the reason, and the profile is not whole; the rest is measured.
func TestWhatFailsIsLeftOut(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(*fakegpu.GPU, *Config)
		lacks   profile.Key
		says    string
	}{
		"a model": {func(_ *fakegpu.GPU, cfg *Config) {
			cfg.Models = append([]input.Model{{Name: "gone", Path: "/no/such/gone.onnx"}}, cfg.Models...)
		}, profile.Key{Stage: "infer", Resource: "gpu", Model: "gone", Batch: 1}, "left out: gone: infer: model /no/such/gone.onnx"},
		"all models": {func(fake *fakegpu.GPU, _ *Config) { fake.Fail("CreateSession", 1, 0) },
			profile.Key{Stage: "infer", Resource: "gpu", Model: "tiny", Batch: 1}, "left out: tiny: infer: model"},
		"a batch of decoding": {func(fake *fakegpu.GPU, _ *Config) { fake.Fail("nvjpegBufferPinnedCreate", 5, 2) }, // of the check's picture and of batch 1's
			profile.Key{Stage: "decode", Resource: "gpu", Image: "small", Batch: 2}, "left out: decode and resize small, batch 2: "},
		"the kernels": {func(fake *fakegpu.GPU, _ *Config) { fake.Fail("cuLaunchKernel", 1, 0) },
			profile.Key{Stage: "resize", Resource: "gpu", Image: "small"}, "left out: decode and resize small, batch 1: resize: CUDA: cuLaunchKernel"},
	} {
		t.Run(name, func(t *testing.T) {
			fake, cfg := fakeConfig(t)
			c.prepare(fake, &cfg)
			p := visited(t, openFake(t, cfg))
			if notes := strings.Join(p.Provenance.Notes, "\n"); !strings.Contains(notes, c.says) || p.Provenance.Complete || p.Find(c.lacks) != nil {
				t.Errorf("complete %v, has %v, notes:\n%s\nwant one with %q", p.Provenance.Complete, p.Find(c.lacks) != nil, notes, c.says)
			}
			if p.Find(profile.Key{Stage: "h2d", Resource: "link", SizeBytes: 1000}) == nil {
				t.Error("the transfers are lost")
			}
			fake.Heal()
		})
	}
}

// A point that fails while it is measured ends alone, and what was measured of it stays.
func TestAPointThatFailsLaterEndsAlone(t *testing.T) {
	fake, cfg := fakeConfig(t)
	b := openFake(t, cfg)
	fake.FailOnce("RunWithBinding", 1, 0)
	p := visited(t, b)
	if left := strings.Join(b.LeftOut(), "; "); !strings.Contains(left, "infer") || strings.Contains(left, "decode and") || p.Provenance.Complete {
		t.Errorf("left out %q, complete %v", left, p.Provenance.Complete)
	}
}

// Planning for another batch size, after the visit to another point, is no part of any sample.
func TestPlanningIsNoPartOfInference(t *testing.T) {
	fake, cfg := fakeConfig(t)
	const planning = 20 * time.Millisecond
	fake.Planning(planning)
	cfg.Models, cfg.Sizes = cfg.Models[:1], []int{1000}
	p := visited(t, openFake(t, cfg))
	for _, batch := range cfg.Batches {
		s := p.Find(profile.Key{Stage: "infer", Resource: "gpu", Model: "tiny", Batch: batch})
		if s == nil || s.QuantilesNs[0] >= float64(planning) {
			t.Errorf("batch %d: every run planned anew: %+v", batch, s)
		}
	}
}

// A CUDA graph is captured once for each batch size of an instance, and each instance stays on its thread.
func TestGraphsAreCapturedOnce(t *testing.T) {
	fake, cfg := fakeConfig(t)
	cfg.Models, cfg.Beside = cfg.Models[1:], 2 // the graph's
	visited(t, openFake(t, cfg))
	type graph struct{ session, batch int }
	captures, threads := map[graph]int{}, map[int][]int{}
	for _, e := range fake.Events() {
		if e.What == fakegpu.Capture {
			captures[graph{e.Session, e.Batch}]++
			threads[e.Session] = append(threads[e.Session], e.Thread)
		}
	}
	if len(captures) != 2*(1+1+2) { // two batches of the profile's instance, of the one beside others and of two neighbours
		t.Errorf("captures %v", captures)
	}
	for session, on := range threads {
		if len(slices.Compact(on)) != 1 {
			t.Errorf("instance %d was on threads %v", session, on)
		}
	}
	for g, n := range captures {
		if n != 1 {
			t.Errorf("%+v was captured %d times, on threads %v", g, n, threads[g.session])
		}
	}
}

// A wall-clock span holds the GPU's, and the same job gives both.
func TestWallSpansHoldTheGPUs(t *testing.T) {
	_, cfg := fakeConfig(t)
	g := openTarget(t, cfg)
	for _, p := range g.Points() {
		if p.Crew != nil || p.Chain.Keys[0].Resource == onCPU {
			continue
		}
		spansOf := make(measure.Burst, len(p.Chain.Keys))
		if err := p.Chain.Job(&spansOf); err != nil {
			t.Fatal(err)
		}
		for i := range spansOf[gpuSpan] {
			if gpu, wall := spansOf[gpuSpan][i], spansOf[wallSpan][i]; gpu > wall+1000 { // events are told in float32 of ms
				t.Errorf("%s: %v ns on the GPU, %v in all", p.Name, gpu, wall)
			}
		}
	}
}

// A device that is lost in the middle ends the run with the stage and the driver's words; what was
// measured before is kept.
func TestALostDeviceEndsTheRun(t *testing.T) {
	fake, cfg := fakeConfig(t)
	b := openFake(t, cfg)
	if err := b.Slice(t.Context(), 20*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	fake.Fail("cuEventSynchronize", 719, 0)
	err := b.Run(context.Background(), nil)
	if err == nil || !strings.Contains(err.Error(), ": CUDA: cuEventSynchronize: CUDA_ERROR_LAUNCH_FAILED") {
		t.Errorf("error %v", err)
	}
	if len(b.Profile().Services) == 0 {
		t.Error("what was measured is lost")
	}
	fake.Abandon()
}

// A device that is lost while it is opened is the error, with the stage and the call that lost it.
func TestALostDeviceCannotBeOpened(t *testing.T) {
	fake, cfg := fakeConfig(t)
	fake.Fail("cuEventSynchronize", 719, 9)
	_, err := Open(t.Context(), cfg)
	if err == nil || !strings.Contains(err.Error(), ": CUDA: cuEventSynchronize: CUDA_ERROR_LAUNCH_FAILED") || !strings.HasPrefix(err.Error(), "decode and resize small, batch ") {
		t.Errorf("error %v", err)
	}
	fake.Abandon()
}

// A stage that fails everywhere, whenever that begins, takes nothing else with it.
func TestAStageThatFailsEverywhere(t *testing.T) {
	for after := 0; after < 24; after += 3 {
		t.Run(fmt.Sprintf("after %d batches", after), func(t *testing.T) {
			fake, cfg := fakeConfig(t)
			cfg.Models = cfg.Models[:1]
			fake.Fail("nvjpegDecodeJpegDevice", 6, after)
			b := openFake(t, cfg)
			p := visited(t, b)
			if p.Find(profile.Key{Stage: "infer", Resource: "gpu", Model: "tiny", Batch: 2}) == nil || p.Find(profile.Key{Stage: "d2h", Resource: "link", SizeBytes: 1000}) == nil {
				t.Errorf("inference or transfers are lost; left out: %q", b.LeftOut())
			}
			if len(p.Slowdowns("gpu", "infer", "infer", "")) == 0 || p.Provenance.Complete {
				t.Errorf("complete %v, contention %+v", p.Provenance.Complete, p.Contention)
			}
			fake.Heal()
		})
	}
}

// Batches that do not fit are left out and said to be; a file that is no picture is an error with its name.
func TestWhatDoesNotFitIsLeftOut(t *testing.T) {
	fake, cfg := fakeConfig(t)
	cfg.Models, cfg.Batches = cfg.Models[:1], []int{1, 16, 32}
	fake.FailOnce("RunWithBinding", 6, 4) // after three runs that check the answers, and one of batch 1
	p := openFake(t, cfg).Profile()
	if notes := strings.Join(p.Provenance.Notes, "; "); !strings.Contains(notes, "tiny: batches of 16 and more did not fit") {
		t.Errorf("notes %s", notes)
	}
	cfg.Images[0].Files = [][]byte{[]byte("no picture")}
	if _, err := Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), `image 0 of "small"`) {
		t.Errorf("error %v", err)
	}
}

// Pictures are decoded in the batches of inference, so that a server that does both can be predicted; but not so many large
// ones that they fill the GPU.
func TestDecodingReachesAsFarAsInference(t *testing.T) {
	_, d := fakegpu.Device(t)
	dir := filepath.Join(t.TempDir(), "huge")
	var file bytes.Buffer
	if err := errors.Join(jpeg.Encode(&file, image.NewGray(image.Rect(0, 0, 3000, 3000)), nil), os.Mkdir(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.jpg"), file.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	s := Selection{Selection: input.Selection{Models: []string{fakegpu.Model(t)}, Images: []string{"small", dir}, Batches: []int{1, 8, 64}}}
	cfg, err := Find(t.Context(), s, d, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if got := cfg.Decoding; !slices.Equal(got["small"], []int{1, 8, 64}) || !slices.Equal(got["huge"], []int{1, 8}) {
		t.Errorf("decoding %v", got)
	}
	if notes := strings.Join(cfg.Notes, "; "); !strings.Contains(notes, `"huge" images were decoded in batches of up to 39`) {
		t.Errorf("notes %q", notes)
	}
}

// A set is decoded in batches of its own where it has some, and not in those of the others.
func TestBatchesOfASet(t *testing.T) {
	_, cfg := fakeConfig(t)
	cfg.Decoding = map[string][]int{"small": {4, 1}}
	var decoded []string
	for _, p := range openTarget(t, cfg).Points() {
		if strings.HasPrefix(p.Name, "decode and resize") {
			decoded = append(decoded, p.Name)
		}
	}
	if want := []string{"decode and resize small, batch 1", "decode and resize small, batch 4"}; !slices.Equal(decoded, want) {
		t.Errorf("points %q, want %q", decoded, want)
	}
	cfg.Decoding["small"] = []int{0}
	if _, err := cfg.withDefaults(); err == nil {
		t.Error("a batch of 0 is no error")
	}
}

// No picture makes a decoder take memory, or a state, while it is measured, however late the largest of its set comes.
func TestFirstUsesAreNoPartOfDecoding(t *testing.T) {
	fake, cfg := fakeConfig(t)
	medium, err := photo.Set(t.Context(), "", "medium", 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	set := &cfg.Images[0]
	set.Files = append(slices.Repeat(set.Files[:1], 20), medium...)
	cfg.Models = cfg.Models[:1]
	b := openFake(t, cfg)
	taken := func() (n int) {
		for _, function := range []string{"cuMemAlloc_v2", "nvjpegJpegStateCreate", "nvjpegDecoderStateCreate", "nvJPEG takes pinned memory", "nvJPEG takes device memory"} {
			n += fake.Calls(function)
		}
		return n
	}
	before := taken()
	visited(t, b)
	if n := taken() - before; n != 0 {
		t.Errorf("while measuring, memory was taken %d times", n)
	}
}

// Copying and postprocessing are timed picture by picture, in the largest batch up to that of contention.
func TestTheHostsPartIsTimedByPicture(t *testing.T) {
	_, cfg := fakeConfig(t)
	cfg.Models, cfg.Batches, cfg.Decoding = cfg.Models[:1], []int{16, 4, 1}, map[string][]int{"small": {1}}
	for _, p := range openTarget(t, cfg).Points() {
		if p.Name != "copy and post tiny" {
			continue
		}
		kept := make(measure.Burst, len(p.Chain.Keys))
		if err := p.Chain.Job(&kept); err != nil {
			t.Fatal(err)
		}
		for part, k := range p.Chain.Keys {
			if len(kept[part]) != 4 || slices.Min(kept[part]) <= 0 {
				t.Errorf("%s: %v ns, want a time for each picture of a batch of 4", k.Stage, kept[part])
			}
		}
		return
	}
	t.Error("no such point")
}
