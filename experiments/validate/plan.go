package validate

import (
	"cmp"
	"context"
	"slices"
	"time"

	"vsim/profile/device"
	"vsim/profile/device/gpu"
	measurecpu "vsim/profile/measure/cpu"
	measuregpu "vsim/profile/measure/gpu"
	"vsim/profile/measure/input"
	"vsim/sim/scenario"
)

// kit is what a matrix needs on this machine: libraries, model files and pictures, under the names that
// its scenarios use.
type kit struct {
	libraries *device.Libraries
	models    []input.Model
	images    []input.Images
	device    *gpu.Device   // nil where no case infers on a GPU
	burst     time.Duration // of a visit to a point; 0: as the profilers have it
}

// prepare opens the libraries and makes or reads the models and pictures that the cases name: those of
// the catalogue, an .onnx file, a folder, or a name that the scenario's profile knows the file of.
func prepare(ctx context.Context, m *Matrix, opt Options) (*kit, error) {
	k := &kit{libraries: device.OpenCodec(), burst: opt.burst}
	if m.some(onCPU) {
		var err error
		if k.libraries, err = device.Open(opt.OrtLib); err != nil {
			return nil, err
		}
	}
	for _, c := range m.Cases {
		if err := k.add(ctx, c.Scenario, opt); err != nil {
			return k, scenario.BadInput(m.File, "case %q: %v", c.Name, err)
		}
	}
	return k, k.openGPU(ctx, m, opt)
}

func (k *kit) close() {
	if k.device != nil {
		k.device.Close()
	}
}

func (k *kit) add(ctx context.Context, s *scenario.Scenario, opt Options) error {
	p := s.Pipeline
	if k.model(p.Model) == nil {
		files, err := measuregpu.FindModels(ctx, []string{cmp.Or(s.OwnFile(p.Model), p.Model)}, opt.CacheDir)
		if err != nil {
			return err
		}
		files[0].Name, files[0].Options = p.Model, opt.Vision
		k.models = append(k.models, files[0])
	}
	for _, im := range p.Images {
		if k.set(im.Size) != nil {
			continue
		}
		sets, _, err := input.FindImages(ctx, []string{cmp.Or(s.OwnFile(im.Size), im.Size)}, opt.CacheDir)
		if err != nil {
			return err
		}
		sets[0].Name = im.Size
		k.images = append(k.images, sets[0])
	}
	return nil
}

func (k *kit) model(name string) *input.Model {
	for i := range k.models {
		if k.models[i].Name == name {
			return &k.models[i]
		}
	}
	return nil
}

func (k *kit) set(name string) *input.Images {
	for i := range k.images {
		if k.images[i].Name == name {
			return &k.images[i]
		}
	}
	return nil
}

// open opens the profilers on all that the cases need.
func (k *kit) open(ctx context.Context, m *Matrix) (out benches, err error) {
	defer func() {
		if err != nil {
			out.close()
			out = nil
		}
	}()
	if m.some(usesCPU) {
		bench, err := measurecpu.Open(ctx, k.cpuConfig(m))
		if err != nil {
			return out, err
		}
		out = append(out, bench)
	}
	if k.device != nil {
		bench, err := measuregpu.Open(ctx, k.gpuConfig(m))
		if err != nil {
			return out, err
		}
		out = append(out, bench)
	}
	return out, nil
}

// cpuConfig is all that the cases need of the CPU: decoding and resizing, and the inference of those that infer on
// it.
func (k *kit) cpuConfig(m *Matrix) measurecpu.Config {
	infer := m.of(onCPU)
	cfg := measurecpu.Config{Libraries: k.libraries, Images: k.imagesOf(m.of(usesCPU)), Models: k.modelsOf(infer), Batches: modelSizes(infer)}
	cfg.Burst, cfg.Skip = k.burst, unneeded(infer)
	for _, s := range infer {
		if n := s.Inference.IntraOpThreads; !slices.Contains(cfg.Threads, n) {
			cfg.Threads = append(cfg.Threads, n)
		}
	}
	return cfg
}

// unneeded says which inferences none of the scenarios needs.
func unneeded(scenarios []*scenario.Scenario) func(model string, threads, batch int) bool {
	type run struct {
		model   string
		threads int
	}
	by := map[run][]*scenario.Scenario{}
	for _, s := range scenarios {
		of := run{s.Pipeline.Model, s.Inference.IntraOpThreads}
		by[of] = append(by[of], s)
	}
	return func(model string, threads, batch int) bool {
		return !slices.Contains(modelSizes(by[run{model, threads}]), batch)
	}
}
