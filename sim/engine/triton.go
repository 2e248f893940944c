package engine

import (
	"vsim/sim/engine/batcher"
	"vsim/sim/engine/event"
)

// finer says that a batch's rule needs a batcher of its own.
func (b *Batch) finer() bool { return b.Preferred != nil || b.Prefetch || b.Queues != nil }

func newBatcher(spec *Pool) (*batcher.Batcher, error) {
	b := &spec.Batch
	c := batcher.Config{Max: b.Max, Delay: b.Delay, Preferred: b.Preferred, Prefetch: b.Prefetch, Instances: spec.Workers}
	for _, q := range b.Queues {
		c.Queues = append(c.Queues, batcher.Queue{Limit: q.Limit, Timeout: q.Timeout, Defer: q.Defer})
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
	for ids := b.Take(r.now, p.idleLen); ids != nil; ids = b.Take(r.now, p.idleLen) {
		batch := empty
		for _, id := range ids {
			r.append(&batch, id)
		}
		r.start(i, p, batch)
	}
	r.expire(i, p)
	return b.Due()
}

// expire drops the requests that have waited too long in a batcher.
func (r *Run) expire(i int, p *pool) {
	for _, id := range p.batcher.Expired() {
		if r.memories != nil {
			r.rise(id)
		}
		r.inside.add(int32(i), -1)
		r.leaveQueue(p, 1)
		r.drop(id, Expired)
	}
}
