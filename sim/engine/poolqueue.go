package engine

import (
	"vsim/sim/engine/batcher"
	"vsim/sim/engine/discipline"
	"vsim/sim/engine/event"
)

// poolQueue is the queue before a pool, whatever its discipline. Most pools have the plain one. The engine keeps
// that as a list through the requests: with discipline.Plain, which has a ring of its own, an event of a single
// queue takes a sixth longer. TestPoolQueueIsPlain holds the two together.
type poolQueue struct {
	other discipline.Discipline // nil where the plain one will do
	line  fifo                  // of the plain one
	max   int32
	delay event.Time
}

func newPoolQueue(spec *Pool) (poolQueue, error) {
	b := &spec.Batch
	d, err := discipline.New(batcher.Config{Max: b.Max, Delay: b.Delay, Preferred: b.Preferred, Prefetch: b.Prefetch,
		Instances: spec.Workers, Queues: b.Queues})
	q := poolQueue{other: d, line: empty, max: int32(max(b.Max, 1)), delay: event.Time(b.Delay)}
	if _, plain := d.(*discipline.Plain); plain {
		q.other = nil
	}
	return q, err
}

// eager says that the discipline must hear of every request and every free worker, even if neither can start a
// batch.
func (q *poolQueue) eager() bool { return q.other != nil }

// add lets a request in, and says whether there was room for it.
func (q *poolQueue) add(r *Run, id int32, level int) bool {
	if q.other != nil {
		return q.other.Add(r.now, id, level)
	}
	r.append(&q.line, id)
	return true
}

// take returns the batch that a pool's worker starts now, empty when there is none.
func (q *poolQueue) take(r *Run, p *pool) fifo {
	if q.other != nil {
		return r.list(q.other.Take(r.now, p.idleLen))
	}
	if q.line.len == 0 || !p.hasIdle() || q.line.len < q.max && q.delay > 0 && r.now < q.late(r) {
		return empty
	}
	return r.split(&q.line, q.max)
}

// late is when the oldest request has waited for its delay.
func (q *poolQueue) late(r *Run) event.Time { return r.requests.items[q.line.head].queued + q.delay }

// due is when to take again if nothing happens before.
func (q *poolQueue) due(r *Run, p *pool) event.Time {
	if q.other != nil {
		return q.other.Due()
	}
	if q.line.len == 0 || !p.hasIdle() {
		return event.Never
	}
	return q.late(r)
}

// expired returns the requests that have waited too long.
func (q *poolQueue) expired() []int32 {
	if q.other != nil {
		return q.other.Expired()
	}
	return nil
}

// drain takes all requests out, the oldest first.
func (q *poolQueue) drain(r *Run) fifo {
	if q.other != nil {
		return r.list(q.other.Drain())
	}
	return r.split(&q.line, q.line.len)
}

// len is the number of requests that wait.
func (q *poolQueue) len() int32 {
	if q.other != nil {
		return int32(q.other.Len())
	}
	return q.line.len
}
