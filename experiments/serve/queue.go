package serve

import (
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"vsim/profile/measure/machine"
	"vsim/sim/engine/batcher"
	"vsim/sim/engine/event"
	"vsim/sim/engine/queueing"
)

// Reasons for which a queue turns a request away unserved.
var (
	ErrRejected = errors.New("rejected: the queue of its priority is full")
	ErrExpired  = errors.New("expired: it waited longer than the timeout of its queue")
	ErrStopped  = errors.New("the server has stopped")
	ErrCanceled = errors.New("canceled: its client has hung up")
)

// queue drives a discipline of the simulator with a wall clock and hands its batches to the workers that
// wait for them.
type queue[T comparable] struct {
	// dropped hears of each request that is turned away. It is called without the lock held.
	dropped func(T, error)
	begin   time.Time // the discipline's time 0

	mu         sync.Mutex
	discipline queueing.Discipline
	inside     []T          // requests by their number in the discipline
	free       []int32      // numbers that nobody has
	idle       []chan<- []T // workers that wait for a batch, the longest idle first; each channel has room for one
	lost       []loss[T]    // turned away, and not told yet
	due        event.Time   // what the alarm is set to; event.Never when it is not set
	alarm      alarm
	closed     bool
}

// alarm rings when it is time to look at the queue; machine.Alarm is one.
type alarm interface {
	Set(d time.Duration)
	Stop()
	Close()
}

// setter makes an alarm that calls ring.
type setter func(ring func()) (alarm, error)

// punctual is the setter of a server.
func punctual(ring func()) (alarm, error) { return machine.NewAlarm(ring) }

// loss is a request that was turned away, and why.
type loss[T comparable] struct {
	request T
	why     error
}

// newQueue returns an empty queue by a rule; of the rule, Instances is the number of its workers. It errs on
// a rule that contradicts itself.
func newQueue[T comparable](rule batcher.Config, dropped func(T, error), set setter) (*queue[T], error) {
	d, err := queueing.New(rule)
	if err != nil {
		return nil, err
	}
	q := &queue[T]{discipline: d, dropped: dropped, begin: time.Now(), due: event.Never}
	q.alarm, err = set(q.late)
	return q, err
}

// put lets a request of so many images into the queue of a priority level, 0 being the highest, or turns it away.
func (q *queue[T]) put(r T, level, items int) {
	q.mu.Lock()
	switch id := q.number(r); {
	case q.closed:
		q.lose(id, ErrStopped)
	case !q.discipline.Add(q.now(), id, level, items):
		q.lose(id, ErrRejected)
		q.settle()
	default:
		q.settle()
	}
	q.unlock()
}

// remove turns a request away that waits, for a reason of its own. One that does not wait here, or is in a batch already, it
// leaves as it is.
func (q *queue[T]) remove(r T, why error) {
	q.mu.Lock()
	d, removes := q.discipline.(queueing.Remover)
	if at := slices.Index(q.inside, r); at >= 0 && removes && d.Remove(int32(at)) {
		q.lose(int32(at), why)
		q.settle()
	}
	q.unlock()
}

// take waits for the next batch. It returns nil after close.
func (q *queue[T]) take() []T {
	batch := make(chan []T, 1)
	q.mu.Lock()
	if q.closed {
		close(batch)
	} else {
		q.idle = append(q.idle, batch)
		q.settle()
	}
	q.unlock()
	return <-batch
}

// close lets the waiting workers go and turns away whoever still waits.
func (q *queue[T]) close() {
	q.mu.Lock()
	q.closed = true
	for _, id := range q.discipline.Drain() {
		q.lose(id, ErrStopped)
	}
	for _, id := range q.discipline.Expired() {
		q.lose(id, ErrExpired)
	}
	for _, worker := range q.idle {
		close(worker)
	}
	q.idle = nil
	q.alarm.Close()
	q.unlock()
}

// late is what the alarm calls when the discipline is due.
func (q *queue[T]) late() {
	q.mu.Lock()
	q.due = event.Never // the alarm is no longer set
	if !q.closed {
		q.settle()
	}
	q.unlock()
}

// settle starts what can start now. Whoever changes anything calls it, with the lock held: so no batch waits
// while a worker idles, and the alarm is always set to when the discipline is due.
func (q *queue[T]) settle() {
	now := q.now()
	for ids := q.discipline.Take(now, len(q.idle)); ids != nil; ids = q.discipline.Take(now, len(q.idle)) {
		batch := make([]T, len(ids))
		for i, id := range ids {
			batch[i] = q.release(id)
		}
		q.idle[0] <- batch
		q.idle = q.idle[1:]
	}
	for _, id := range q.discipline.Expired() {
		q.lose(id, ErrExpired)
	}
	q.arm(now, q.discipline.Due())
}

// arm sets the alarm. For a time that has passed it rings at once.
func (q *queue[T]) arm(now, due event.Time) {
	if due == q.due {
		return
	}
	q.due = due
	if due == event.Never {
		q.alarm.Stop()
		return
	}
	q.alarm.Set(time.Duration(due - now))
}

func (q *queue[T]) now() event.Time { return event.Time(time.Since(q.begin)) }

// number keeps a request under a number that nobody else has.
func (q *queue[T]) number(r T) int32 {
	if n := len(q.free); n > 0 {
		id := q.free[n-1]
		q.free = q.free[:n-1]
		q.inside[id] = r
		return id
	}
	if len(q.inside) == math.MaxInt32 {
		panic("serve: 2^31 requests wait")
	}
	q.inside = append(q.inside, r)
	return int32(len(q.inside) - 1)
}

// release returns the request that has a number and forgets it.
func (q *queue[T]) release(id int32) T {
	var none T
	r := q.inside[id]
	q.inside[id] = none
	q.free = append(q.free, id)
	return r
}

func (q *queue[T]) lose(id int32, why error) { q.lost = append(q.lost, loss[T]{q.release(id), why}) }

// unlock releases the lock and then tells those that were turned away.
func (q *queue[T]) unlock() {
	lost := q.lost
	q.lost = nil
	q.mu.Unlock()
	for _, l := range lost {
		q.dropped(l.request, l.why)
	}
}
