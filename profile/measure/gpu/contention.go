package gpu

import (
	"context"
	"fmt"

	"vsim/profile"
	"vsim/profile/device/gpu"
	"vsim/profile/measure"
	"vsim/profile/measure/input"
)

const (
	besideBytes = 1 << 20 // of a transfer beside others
	besideBatch = 8       // of decoding, resizing and inferring beside others
)

// middle is the image set and the batch of contention and energy.
func (t *target) middle() (set *input.Images, batch int) {
	batch = t.cfg.Batches[0]
	for _, n := range t.cfg.Batches {
		if n <= besideBatch && n > batch || batch > besideBatch && n < batch {
			batch = n
		}
	}
	return input.Middle(t.cfg.Images), batch
}

// addContention puts each stage beside each other stage, and transfers and instances also beside several of
// the same kind. The same jobs, alone, are the loads whose power Finish measures.
func (t *target) addContention(ctx context.Context) error {
	for _, stage := range t.stages() {
		if err := ctx.Err(); err != nil {
			return err
		}
		c, err := t.stageChain(stage)
		if err == nil {
			err = c.Job(nil)
		}
		if err != nil {
			t.leave(stage+" beside others", err)
			continue
		}
		t.loads = append(t.loads, load{t.loadKey(stage), c.Job})
		for _, beside := range t.stages() {
			if err := t.beside(c, stage, beside); err != nil {
				t.leave(fmt.Sprintf("%s beside %s", stage, beside), err)
			}
		}
	}
	return nil
}

// stages are those that this GPU can do.
func (t *target) stages() []string {
	out := []string{gpu.H2D, gpu.D2H}
	if t.cfg.Device.Preprocesses() == nil {
		out = append(out, gpu.Decode, gpu.Resize)
	}
	if t.model != nil {
		out = append(out, gpu.Infer)
	}
	return out
}

// beside adds the points of a stage beside 1, 2, ... jobs of another where both are of instances, which a
// server has several of, or both of one direction of the link; beside 1 job elsewhere.
func (t *target) beside(c *measure.Chain, stage, beside string) error {
	crew, err := t.crew(beside)
	if err != nil {
		return err
	}
	most := 1
	if stage == beside || !isTransfer(stage) && !isTransfer(beside) {
		most = t.cfg.Beside
	}
	for k := 1; k <= most; k++ {
		t.add(&measure.Point{Name: fmt.Sprintf("%s beside %d %s", stage, k, beside), Chain: c, Crew: crew, K: k})
	}
	return nil
}

func isTransfer(stage string) bool { return stage == gpu.H2D || stage == gpu.D2H }

// crew gives the neighbours of a stage, made once.
func (t *target) crew(stage string) (*measure.Crew, error) {
	if c := t.crews[stage]; c != nil {
		return c, nil
	}
	c := &measure.Crew{Stage: stage}
	for range t.cfg.Beside {
		neighbour, err := t.stageChain(stage)
		if err != nil {
			return nil, err
		}
		c.Jobs = append(c.Jobs, func() error { return neighbour.Job(nil) })
	}
	t.crews[stage] = c
	return c, nil
}

// loadKey is what the profile calls a stage's job here.
func (t *target) loadKey(stage string) profile.Key {
	set, batch := t.middle()
	switch stage {
	case gpu.H2D, gpu.D2H:
		return profile.Key{Stage: stage, Resource: link, SizeBytes: besideBytes}
	case gpu.Infer:
		return profile.Key{Stage: stage, Resource: onGPU, Model: t.model.Name, Batch: batch}
	}
	return profile.Key{Stage: stage, Resource: onGPU, Image: set.Name, Batch: batch}
}

// stageChain makes a worker that does one stage only, in a stream of its own, and keeps the GPU's span.
func (t *target) stageChain(stage string) (*measure.Chain, error) {
	set, batch := t.middle()
	keys := []profile.Key{t.loadKey(stage)}
	switch stage {
	case gpu.H2D, gpu.D2H:
		return t.transfer(stage, besideBytes, false, keys)
	case gpu.Infer:
		i, l, err := t.instance(*t.model, batch)
		if err != nil {
			return nil, err
		}
		return inferOnGPU(i, l, batch, 1, keys), nil
	}
	l, worker, out, err := t.preprocessor(batch)
	if err != nil {
		return nil, err
	}
	if err := warm(l, worker, set, batch); err != nil {
		return nil, err
	}
	files := batches(set, batch, 1)
	if stage == gpu.Decode {
		return &measure.Chain{Keys: keys, Job: l.bound(func(b *measure.Burst) error {
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
	return &measure.Chain{Keys: keys, Job: l.bound(func(b *measure.Burst) error {
		return l.timed(b, gpu.Resize, 0, 1, func() error { return worker.Resize(out) })
	})}, nil
}
