package validate

import (
	"fmt"
	"slices"
	"time"

	"vsim/experiments/live"
	"vsim/experiments/scenario"
	"vsim/profile/measure"
	"vsim/profile/stage"
)

// kit is what a matrix needs on this machine: libraries, model files and pictures, under the names that
// its scenarios use.
type kit struct {
	libraries *stage.Libraries
	models    []measure.ModelFile
	images    []measure.ImageSet
}

// prepare opens the libraries and makes or reads the models and pictures that the cases name: those of
// the catalogue, an .onnx file, a folder.
func prepare(m *Matrix, opt Options) (*kit, error) {
	libraries, err := stage.Open(opt.OrtLib)
	if err != nil {
		return nil, err
	}
	k := &kit{libraries: libraries}
	for _, c := range m.Cases {
		if err := k.add(c.Scenario.Pipeline, opt.CacheDir); err != nil {
			return nil, scenario.BadInput(m.File, "case %q: %v", c.Name, err)
		}
	}
	return k, nil
}

func (k *kit) add(p *scenario.Pipeline, cacheDir string) error {
	if k.model(p.Model) == nil {
		files, err := measure.Models([]string{p.Model}, cacheDir)
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
		sets, _, err := measure.Images([]string{im.Size}, cacheDir)
		if err != nil {
			return err
		}
		sets[0].Name = im.Size
		k.images = append(k.images, sets[0])
	}
	return nil
}

func (k *kit) model(name string) *measure.ModelFile {
	for i := range k.models {
		if k.models[i].Name == name {
			return &k.models[i]
		}
	}
	return nil
}

func (k *kit) set(name string) *measure.ImageSet {
	for i := range k.images {
		if k.images[i].Name == name {
			return &k.images[i]
		}
	}
	return nil
}

// bench opens the profiler on all that the cases need. Batch sizes are powers of two up to the first
// one that is not below any case's largest batch, so that most of what a case uses is interpolated.
func (k *kit) bench(m *Matrix) (*measure.Bench, error) {
	cfg := measure.Config{Libraries: k.libraries, Models: k.models, Images: k.images}
	largest := 1
	for _, c := range m.Cases {
		s := c.Scenario
		largest = max(largest, s.Batcher.MaxBatch)
		if !slices.Contains(cfg.Threads, s.Inference.IntraOpThreads) {
			cfg.Threads = append(cfg.Threads, s.Inference.IntraOpThreads)
		}
	}
	for n := 1; ; n *= 2 {
		cfg.Batches = append(cfg.Batches, n)
		if n >= largest {
			break
		}
	}
	return measure.Open(cfg)
}

// server is the live server of a scenario.
func (k *kit) server(s *scenario.Scenario) live.ServerConfig {
	return live.ServerConfig{
		Libraries: k.libraries, ModelPath: k.model(s.Pipeline.Model).Path,
		Workers: s.Preprocess.Workers, Instances: s.Inference.Instances, Threads: s.Inference.IntraOpThreads,
		MaxBatch: s.Batcher.MaxBatch, MaxQueueDelay: s.Batcher.MaxQueueDelay.Duration(),
	}
}

// load is the live load of a scenario.
func (k *kit) load(s *scenario.Scenario, measure time.Duration, round int) live.Load {
	l := live.Load{WarmUp: max(time.Second, measure/10), Measure: measure, Seed: uint64(round + 1)}
	for _, im := range s.Pipeline.Images {
		l.Images = append(l.Images, live.Images{Name: im.Size, Weight: im.Weight, Files: k.set(im.Size).Files})
	}
	if s.Workload.Arrivals == "closed" {
		l.Clients = s.Workload.Concurrency
	} else {
		l.RateRPS = float64(s.Workload.Rate)
	}
	return l
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
