package engine

import (
	"vsim/sim/engine/batcher"
	"vsim/sim/engine/event"
	"vsim/sim/engine/queueing"
	"vsim/sim/engine/random"
)

// poolQueue is the queue before a pool, whatever its discipline. Most pools have the plain one. The engine keeps
// that as a list through the requests: with queueing.Plain, which has a ring of its own, an event of a single
// queue takes a sixth longer. TestPoolQueueIsPlain holds the two together. The list does not know items: where
// requests may have several, and batches too, queueing.Plain does it.
type poolQueue struct {
	other  queueing.Discipline // nil where the plain one will do
	levels int                 // of priority
	line   fifo                // of the plain one
	max    int32
	delay  event.Time
}

func newPoolQueue(spec *Pool, sized bool, chance random.Stream) (poolQueue, error) {
	b := &spec.Batch
	if d, err := b.broker(spec.Workers); d != nil || err != nil {
		return poolQueue{other: d, levels: 1, line: empty}, err
	}
	d, err := queueing.New(batcher.Config{Max: b.Max, Delay: b.Delay, Preferred: b.Preferred, Prefetch: b.Prefetch, Closed: b.Closed,
		Instances: spec.Workers, Queues: b.Queues, Early: b.Early, Chance: chance})
	q := poolQueue{other: d, levels: max(len(b.Queues), 1), line: empty, max: int32(max(b.Max, 1)), delay: event.Time(b.Delay)}
	if _, plain := d.(*queueing.Plain); plain && !(sized && b.Max > 1) {
		q.other = nil
	}
	return q, err
}

// eager says that the discipline must hear of every request and every free worker, even if neither can start a
// batch.
func (q *poolQueue) eager() bool { return q.other != nil }

// append lets a request in where the discipline is the plain one, and says whether it is. (It is apart from add, so
// that the compiler puts it where it is called.)
func (q *poolQueue) append(r *Run, id int32) bool {
	if q.other != nil {
		return false
	}
	r.append(&q.line, id)
	return true
}

// add lets a request of a class, of so many items, in where the discipline is another one, and says whether there was room for it.
func (q *poolQueue) add(now event.Time, id int32, class *Class, items int32) bool {
	return q.other.Add(now, id, q.level(class), int(items))
}

// level returns the priority level of a class, 0 the highest.
func (q *poolQueue) level(class *Class) int {
	if class.Priority == 0 {
		return q.levels - 1
	}
	return min(class.Priority, q.levels) - 1
}

// pending says that an idle worker takes what is in the plain queue at the deadline, and not before: whoever joins
// it changes nothing.
func (q *poolQueue) pending(now, deadline event.Time) bool {
	return now < deadline && deadline < event.Never && q.line.len < q.max
}

// due is when an idle worker takes a batch from the plain queue, in which somebody waits: at once if it is full, else
// when the oldest has waited for the delay.
func (q *poolQueue) due(r *Run) event.Time {
	if q.line.len >= q.max || q.delay == 0 {
		return r.now
	}
	return r.requests.items[q.line.head].queued + q.delay
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
