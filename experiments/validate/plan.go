package validate

import (
	"context"
	"fmt"
	"slices"

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
	device    *gpu.Device // nil where no case infers on a GPU
}

// prepare opens the libraries and makes or reads the models and pictures that the cases name: those of
// the catalogue, an .onnx file, a folder.
func prepare(ctx context.Context, m *Matrix, opt Options) (*kit, error) {
	k := &kit{libraries: device.OpenCodec()}
	if m.some(func(s *scenario.Scenario) bool { return !onGPU(s) }) {
		var err error
		if k.libraries, err = device.Open(opt.OrtLib); err != nil {
			return nil, err
		}
	}
	for _, c := range m.Cases {
		if err := k.add(ctx, c.Scenario.Pipeline, opt.CacheDir); err != nil {
			return nil, scenario.BadInput(m.File, "case %q: %v", c.Name, err)
		}
	}
	return k, k.openGPU(ctx, m, opt)
}

func (k *kit) close() {
	if k.device != nil {
		k.device.Close()
	}
}

func (k *kit) add(ctx context.Context, p *scenario.Pipeline, cacheDir string) error {
	if k.model(p.Model) == nil {
		files, err := measuregpu.FindModels(ctx, []string{p.Model}, cacheDir)
		if err != nil {
			return err
		}
		files[0].Name = p.Model
		k.models = append(k.models, files[0])
	}
	for _, im := range p.Images {
		if k.set(im.Size) != nil {
			continue
		}
		sets, _, err := input.FindImages(ctx, []string{im.Size}, cacheDir)
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

// open opens the profilers on all that the cases need. Batch sizes are powers of two up to the first one
// that is not below any case's largest batch, so that most of what a case uses is interpolated.
func (k *kit) open(ctx context.Context, m *Matrix) (out benches, err error) {
	largest := 1
	var threads, batches []int
	for _, c := range m.Cases {
		largest = max(largest, c.Scenario.Batcher.MaxBatch)
		if n := c.Scenario.Inference.IntraOpThreads; n > 0 && !slices.Contains(threads, n) {
			threads = append(threads, n)
		}
	}
	for n := 1; ; n *= 2 {
		batches = append(batches, n)
		if n >= largest {
			break
		}
	}
	defer func() {
		if err != nil {
			out.close()
		}
	}()
	if m.some(func(s *scenario.Scenario) bool { return s.Pipeline.Preprocessing == "cpu" }) {
		cfg := measurecpu.Config{Libraries: k.libraries, Images: k.images}
		if len(threads) > 0 { // some case infers on the CPU
			cfg.Models, cfg.Batches, cfg.Threads = k.models, batches, threads
		}
		bench, err := measurecpu.Open(ctx, cfg)
		if err != nil {
			return out, err
		}
		out = append(out, bench)
	}
	if k.device != nil {
		bench, err := k.gpuBench(ctx, m, batches)
		if err != nil {
			return out, err
		}
		out = append(out, bench)
	}
	return out, nil
}

// steps names the parts of a validation for its progress bar.
func steps(m *Matrix, opt Options) (names []string) {
	for round := range opt.Rounds {
		for _, c := range m.Cases {
			names = append(names, fmt.Sprintf("round %d of %d: %s", round+1, opt.Rounds, c.Name))
		}
	}
	return names
}
