package serve

import (
	"sync"
	"time"
)

// queue hands requests to workers in batches by the rule that the simulator's sim.Batch states: a
// batch goes as soon as a worker is free and either max requests wait or the oldest has waited delay
// (with delay 0, as soon as one waits). A queue before single-request workers has max 1.
type queue struct {
	max   int
	delay time.Duration

	mu      sync.Mutex
	changed *sync.Cond // a request came, a deadline passed, or the queue was closed
	waiting []*request // oldest first, from head on
	head    int
	armed   time.Time // deadline that the timer is set to
	timer   *time.Timer
	closed  bool
}

func newQueue(max int, delay time.Duration) *queue {
	q := &queue{max: max, delay: delay}
	q.changed = sync.NewCond(&q.mu)
	return q
}

// put appends a request.
func (q *queue) put(r *request) {
	q.mu.Lock()
	r.queued = time.Now()
	q.waiting = append(q.waiting, r)
	q.mu.Unlock()
	q.changed.Signal()
}

// take waits for a batch and appends it to into[:0]; an empty batch means that the queue is closed.
func (q *queue) take(into []*request) []*request {
	q.mu.Lock()
	defer q.mu.Unlock()
	for !q.ready() {
		if q.closed {
			return into[:0]
		}
		q.changed.Wait()
	}
	n := min(q.max, len(q.waiting)-q.head)
	into = append(into[:0], q.waiting[q.head:q.head+n]...)
	q.drop(n)
	return into
}

// ready says whether a batch may go; when only time is missing it sets the timer.
func (q *queue) ready() bool {
	n := len(q.waiting) - q.head
	if n == 0 || n >= q.max || q.delay == 0 {
		return n > 0
	}
	late := q.waiting[q.head].queued.Add(q.delay)
	left := time.Until(late)
	if left > 0 && !q.armed.Equal(late) {
		q.armed = late
		if q.timer == nil {
			q.timer = time.AfterFunc(left, q.late)
		} else {
			q.timer.Reset(left)
		}
	}
	return left <= 0
}

// late wakes the workers at a deadline. It takes the lock first: a worker that has just set the timer is
// then waiting already, and does not miss it.
func (q *queue) late() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.changed.Broadcast()
}

// drop removes the n oldest requests and keeps the memory.
func (q *queue) drop(n int) {
	clear(q.waiting[q.head : q.head+n])
	q.head += n
	if q.head == len(q.waiting) {
		q.waiting, q.head = q.waiting[:0], 0
	} else if q.head > 1024 && q.head > len(q.waiting)/2 {
		q.waiting = q.waiting[:copy(q.waiting, q.waiting[q.head:])]
		q.head = 0
	}
}

// close lets waiting workers go; what still waits is not served.
func (q *queue) close() {
	q.mu.Lock()
	q.closed, q.waiting, q.head = true, nil, 0
	if q.timer != nil {
		q.timer.Stop()
	}
	q.mu.Unlock()
	q.changed.Broadcast()
}
