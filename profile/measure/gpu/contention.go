package gpu

import (
	"context"
	"fmt"
	"slices"

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

// busy is what a worker does all the time beside others: a stage, in batches of a size; 0 for transfers.
type busy struct {
	stage string
	batch int
}

func (w busy) String() string {
	if w.batch == 0 {
		return w.stage
	}
	return fmt.Sprintf("%s (batch %d)", w.stage, w.batch)
}

// jobs are what this GPU can do, inference at each of the batches that it is measured at beside others and at the
// middle one.
func (t *target) jobs() []busy {
	_, middle := t.middle()
	out := []busy{{gpu.H2D, 0}, {gpu.D2H, 0}}
	if t.cfg.Device.Preprocesses() == nil {
		out = append(out, busy{gpu.Decode, middle}, busy{gpu.Resize, middle})
	}
	if t.model != nil {
		for _, n := range t.inferBatches() {
			out = append(out, busy{gpu.Infer, n})
		}
	}
	return out
}

// inferBatches are the smallest, the middle and the largest batch.
func (t *target) inferBatches() []int {
	_, middle := t.middle()
	out := []int{slices.Min(t.cfg.Batches), middle, slices.Max(t.cfg.Batches)}
	slices.Sort(out)
	return slices.Compact(out)
}

// addContention puts each stage beside each other stage, and transfers and instances also beside several of
// the same kind. The same jobs, alone, are the loads whose power Finish measures, at the middle batch.
func (t *target) addContention(ctx context.Context) error {
	_, middle := t.middle()
	jobs := t.jobs()
	for _, job := range jobs {
		if err := ctx.Err(); err != nil {
			return err
		}
		c, err := t.chainOf(job, 0)
		if err == nil {
			err = c.Job(nil)
		}
		if err != nil {
			t.leave(job.String()+" beside others", err)
			continue
		}
		if job.batch == 0 || job.batch == middle {
			t.loads = append(t.loads, load{t.loadKey(job), c.Job})
		}
		for _, beside := range jobs {
			if !t.wanted(job, beside) {
				continue
			}
			if err := t.beside(c, job, beside); err != nil {
				t.leave(fmt.Sprintf("%s beside %s", job, beside), err)
			}
		}
	}
	return nil
}

// wanted leaves out pairs that tell little: transfers, which hardly notice instances, stand beside the middle batch
// alone; and with EndsOnly the others beside the smallest and the largest.
func (t *target) wanted(job, beside busy) bool {
	_, middle := t.middle()
	ends := t.inferBatches()
	for _, w := range []busy{job, beside} {
		switch {
		case w.stage != gpu.Infer:
		case isTransfer(job) || isTransfer(beside):
			if w.batch != middle {
				return false
			}
		case t.cfg.EndsOnly && w.batch != ends[0] && w.batch != ends[len(ends)-1]:
			return false
		}
	}
	return true
}

// beside adds the points of a job beside 1, 2, ... others where both are of instances and preprocessing in batches of
// one size, which a server has several of, or both of one direction of the link; beside 1 elsewhere.
func (t *target) beside(c *measure.Chain, job, beside busy) error {
	crew, err := t.crew(beside)
	if err != nil {
		return err
	}
	most := 1
	if job == beside || !isTransfer(job) && !isTransfer(beside) && job.batch == beside.batch {
		most = t.cfg.Beside
	}
	for k := 1; k <= most; k++ {
		t.add(&measure.Point{Name: fmt.Sprintf("%s beside %d %s", job, k, beside), Chain: c, Crew: crew, K: k})
	}
	return nil
}

func isTransfer(w busy) bool { return w.stage == gpu.H2D || w.stage == gpu.D2H }

// crew gives the neighbours that do a job, made once.
func (t *target) crew(job busy) (*measure.Crew, error) {
	if c := t.crews[job]; c != nil {
		return c, nil
	}
	key := t.loadKey(job)
	c := &measure.Crew{Stage: job.stage, Batch: job.batch, Model: key.Model}
	for n := range t.cfg.Beside {
		neighbour, err := t.chainOf(job, 1+n)
		if err != nil {
			return nil, err
		}
		c.Jobs = append(c.Jobs, func() error { return neighbour.Job(nil) })
	}
	if job.stage == gpu.Infer { // the same instances in other batches
		if t.instancesCrew == nil {
			t.instancesCrew = c
		} else {
			c.On = t.instancesCrew
		}
	}
	t.crews[job] = c
	return c, nil
}

// loadKey is what the profile calls a job here.
func (t *target) loadKey(job busy) profile.Key {
	set, _ := t.middle()
	switch {
	case isTransfer(job):
		return profile.Key{Stage: job.stage, Resource: link, SizeBytes: besideBytes}
	case job.stage == gpu.Infer:
		return profile.Key{Stage: job.stage, Resource: onGPU, Model: t.model.Name, Batch: job.batch}
	}
	return profile.Key{Stage: job.stage, Resource: onGPU, Image: set.Name, Batch: job.batch}
}

// worker is an instance with its lane.
type worker struct {
	instance *gpu.Instance
	lane     *lane
}

// instanceOf gives an instance for all batches beside others, made once: number 0 is measured, 1, 2, ... are its
// neighbours.
func (t *target) instanceOf(number int) (worker, error) {
	for len(t.instances) <= number {
		i, l, err := t.instance(*t.model, slices.Max(t.inferBatches()))
		if err != nil {
			return worker{}, err
		}
		t.instances = append(t.instances, worker{i, l})
	}
	return t.instances[number], nil
}

// chainOf makes a worker that does one job only, in a stream of its own, and keeps the GPU's span. Inference is that
// of an instance by its number.
func (t *target) chainOf(job busy, number int) (*measure.Chain, error) {
	set, _ := t.middle()
	stage, batch := job.stage, job.batch
	keys := []profile.Key{t.loadKey(job)}
	switch stage {
	case gpu.H2D, gpu.D2H:
		return t.transfer(stage, besideBytes, false, keys)
	case gpu.Infer:
		w, err := t.instanceOf(number)
		if err != nil {
			return nil, err
		}
		return inferOnGPU(w.instance, w.lane, batch, 1, keys), nil
	}
	p, err := t.preprocessor(t.cfg.Device.Decoder, set, batch)
	if err != nil {
		return nil, err
	}
	files := batches(set, batch, 1)
	if stage == gpu.Decode {
		return &measure.Chain{Keys: keys, Job: p.lane.bound(func(b *measure.Burst) error { return p.decode(b, files(), 1, measure.Skip) })}, nil
	}
	if err := p.Decode(files()); err != nil {
		return nil, err
	}
	if err := p.lane.stream.Synchronize(); err != nil {
		return nil, err
	}
	return &measure.Chain{Keys: keys, Job: p.lane.bound(func(b *measure.Burst) error {
		return p.lane.timed(b, gpu.Resize, 0, 1, func() error { return p.Resize(p.out) })
	})}, nil
}
