package validate

import (
	"fmt"
	"slices"
	"time"

	"vsim/experiments/live"
	"vsim/experiments/scenario"
	"vsim/model"
	"vsim/profile/measure"
	"vsim/profile/stage"
	"vsim/profile/stage/photo"
)

// files are how many different pictures of each size are served.
var files = map[string]int{"small": 16, "medium": 16, "large": 4}

const seed = 1 // of pictures and weights

// kit is what a matrix needs on this machine: libraries, model files and pictures.
type kit struct {
	libraries *stage.Libraries
	models    map[string]string
	images    map[string][][]byte
}

// prepare opens the libraries and makes the models and pictures that the cases name.
func prepare(m *Matrix, opt Options) (*kit, error) {
	libraries, err := stage.Open(opt.OrtLib)
	if err != nil {
		return nil, err
	}
	k := &kit{libraries: libraries, models: map[string]string{}, images: map[string][][]byte{}}
	for _, c := range m.Cases {
		p := c.Scenario.Pipeline
		if k.models[p.Model] == "" {
			path, err := model.Ensure(opt.CacheDir, p.Model, seed)
			if err != nil {
				return nil, scenario.BadInput(m.File, "case %q: %v", c.Name, err)
			}
			k.models[p.Model] = path
		}
		for _, im := range p.Images {
			if k.images[im.Size] != nil {
				continue
			}
			set, err := photo.Set(opt.CacheDir, im.Size, max(files[im.Size], 1), seed)
			if err != nil {
				return nil, scenario.BadInput(m.File, "case %q: %v", c.Name, err)
			}
			k.images[im.Size] = set
		}
	}
	return k, nil
}

// bench opens the profiler on all that the cases need. Batch sizes are powers of two up to the first
// one that is not below any case's largest batch, so that most of what a case uses is interpolated.
func (k *kit) bench(m *Matrix, opt Options) (*measure.Bench, error) {
	cfg := measure.Config{Libraries: k.libraries}
	largest := 1
	for _, c := range m.Cases {
		s := c.Scenario
		largest = max(largest, s.Batcher.MaxBatch)
		if !slices.Contains(cfg.Threads, s.Inference.IntraOpThreads) {
			cfg.Threads = append(cfg.Threads, s.Inference.IntraOpThreads)
		}
		if name := s.Pipeline.Model; !slices.ContainsFunc(cfg.Models, func(f measure.ModelFile) bool { return f.Name == name }) {
			cfg.Models = append(cfg.Models, measure.ModelFile{Name: name, Path: k.models[name]})
		}
		for _, im := range s.Pipeline.Images {
			if !slices.ContainsFunc(cfg.Images, func(i measure.ImageSet) bool { return i.Name == im.Size }) {
				cfg.Images = append(cfg.Images, measure.ImageSet{Name: im.Size, Files: k.images[im.Size]})
			}
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
		Libraries: k.libraries, ModelPath: k.models[s.Pipeline.Model],
		Workers: s.Preprocess.Workers, Instances: s.Inference.Instances, Threads: s.Inference.IntraOpThreads,
		MaxBatch: s.Batcher.MaxBatch, MaxQueueDelay: s.Batcher.MaxQueueDelay.Duration(),
	}
}

// load is the live load of a scenario.
func (k *kit) load(s *scenario.Scenario, measure time.Duration, round int) live.Load {
	l := live.Load{WarmUp: max(time.Second, measure/10), Measure: measure, Seed: uint64(round + 1)}
	for _, im := range s.Pipeline.Images {
		l.Images = append(l.Images, live.Images{Name: im.Size, Weight: im.Weight, Files: k.images[im.Size]})
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
