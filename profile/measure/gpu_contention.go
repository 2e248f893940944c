package measure

import (
	"fmt"

	"vsim/profile"
	"vsim/profile/device/gpu"
)

const (
	besideBytes = 1 << 20 // of a transfer beside others
	besideBatch = 8       // of decoding, resizing and inferring beside others
)

// middle is the image set and the batch of contention and energy.
func (g *gpuBench) middle() (set *ImageSet, batch int) {
	sets := Config{Images: g.cfg.Images}
	batch = g.cfg.Batches[0]
	for _, n := range g.cfg.Batches {
		if n <= besideBatch && n > batch || batch > besideBatch && n < batch {
			batch = n
		}
	}
	return &g.cfg.Images[sets.middleImages()], batch
}

// addGPUContention puts each stage beside each other stage, and several transfers and instances beside
// their like. What is measured here, alone, is measured for energy too.
func (b *Bench) addGPUContention() error {
	for _, stage := range []string{gpu.H2D, gpu.D2H, gpu.Decode, gpu.Resize, gpu.Infer} {
		c, err := b.stageChain(stage)
		if err != nil {
			return err
		}
		b.gpu.loads = append(b.gpu.loads, load{b.loadKey(stage), c.job})
		for _, beside := range []string{gpu.H2D, gpu.D2H, gpu.Decode, gpu.Resize, gpu.Infer} {
			if err := b.beside(c, stage, beside); err != nil {
				return err
			}
		}
	}
	return nil
}

// beside adds the points of a stage beside 1, 2, ... jobs of another where both are of instances, which a
// server has several of, or both of one direction of the link; beside 1 job elsewhere.
func (b *Bench) beside(c *chain, stage, beside string) error {
	crew, err := b.gpuCrew(beside)
	if err != nil {
		return err
	}
	most := 1
	if stage == beside || !isTransfer(stage) && !isTransfer(beside) {
		most = b.gpu.cfg.Beside
	}
	for k := 1; k <= most; k++ {
		b.add(&point{name: fmt.Sprintf("%s beside %d %s", stage, k, beside), chain: c, crew: crew, k: k})
	}
	return nil
}

func isTransfer(stage string) bool { return stage == gpu.H2D || stage == gpu.D2H }

// gpuCrew gives the neighbours of a stage, made once.
func (b *Bench) gpuCrew(stage string) (*crew, error) {
	if c := b.gpu.crews[stage]; c != nil {
		return c, nil
	}
	c := &crew{stage: stage}
	for range b.gpu.cfg.Beside {
		neighbour, err := b.stageChain(stage)
		if err != nil {
			return nil, err
		}
		c.jobs = append(c.jobs, func() error { return neighbour.job(nil) })
	}
	if b.gpu.crews == nil {
		b.gpu.crews = map[string]*crew{}
	}
	b.gpu.crews[stage] = c
	return c, nil
}

// loadKey is what the profile calls a stage's job here.
func (b *Bench) loadKey(stage string) profile.Key {
	set, batch := b.gpu.middle()
	switch stage {
	case gpu.H2D, gpu.D2H:
		return profile.Key{Stage: stage, Resource: link, SizeBytes: besideBytes}
	case gpu.Infer:
		return profile.Key{Stage: stage, Resource: onGPU, Model: b.gpu.cfg.Models[0].Name, Batch: batch}
	}
	return profile.Key{Stage: stage, Resource: onGPU, Image: set.Name, Batch: batch}
}

// stageChain makes a worker that does one stage only, in a stream of its own, and keeps the GPU's span.
func (b *Bench) stageChain(stage string) (*chain, error) {
	set, batch := b.gpu.middle()
	keys := []profile.Key{b.loadKey(stage)}
	switch stage {
	case gpu.H2D, gpu.D2H:
		return b.transfer(stage, besideBytes, false, keys)
	case gpu.Infer:
		i, l, err := b.instance(b.gpu.cfg.Models[0], batch)
		if err != nil {
			return nil, err
		}
		return inferOnGPU(i, l, batch, 1, keys), nil
	}
	l, worker, out, err := b.preprocessor(batch)
	if err != nil {
		return nil, err
	}
	files := batches(set, batch, 1)
	if stage == gpu.Decode {
		return &chain{keys: keys, job: l.bound(func(b *burst) error {
			batch := files()
			return l.timed(b, gpu.Decode, 0, 1, func() error { return worker.Decode(batch) })
		})}, nil
	}
	if err := worker.Decode(files()); err != nil {
		return nil, err
	}
	if err := l.stream.Synchronize(); err != nil {
		return nil, err
	}
	return &chain{keys: keys, job: l.bound(func(b *burst) error {
		return l.timed(b, gpu.Resize, 0, 1, func() error { return worker.Resize(out) })
	})}, nil
}
