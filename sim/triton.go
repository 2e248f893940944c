package sim

import (
	"vsim/sim/batcher"
	"vsim/sim/event"
)

// finer says that a batch's rule needs a batcher of its own.
func (b *Batch) finer() bool { return b.Preferred != nil || b.Prefetch || b.Queues != nil }

func newBatcher(spec *Pool) *batcher.Batcher {
	c := batcher.Config{MaxBatch: max(spec.Batch.Max, 1), DelayNs: event.Time(spec.Batch.Delay), Preferred: spec.Batch.Preferred,
		Prefetch: spec.Batch.Prefetch, Instances: spec.Workers}
	for _, q := range spec.Batch.Queues {
		c.Queues = append(c.Queues, batcher.Queue{Limit: q.Limit, TimeoutNs: event.Time(q.Timeout), Defer: q.Defer})
	}
	if len(c.Queues) == 0 {
		c.Queues = []batcher.Queue{{}}
	}
	return batcher.New(c)
}

// level returns the priority level of a class in a pool's queue, 0 the highest.
func (p *pool) level(class *Class) int {
	last := max(len(p.spec.Batch.Queues), 1) - 1
	if class.Priority == 0 {
		return last
	}
	return min(class.Priority-1, last)
}

// dispatchBatcher hands out what the batcher of a pool gives to idle workers, drops what has waited too
// long, and returns when the batcher is due.
func (r *Run) dispatchBatcher(i int, p *pool) event.Time {
	b := p.batcher
	b.Wake(r.now)
	for p.hasIdle() {
		ids := b.Take(r.now)
		if ids == nil {
			break
		}
		batch := empty
		for _, id := range ids {
			r.append(&batch, id)
		}
		r.start(i, p, batch)
	}
	for _, id := range b.Expired() {
		if r.memories != nil {
			r.rise(id)
		}
		r.inside[i]--
		r.leaveQueue(p, 1)
		r.drop(id, Expired)
	}
	return b.Due()
}
