package batcher

import "vsim/sim/engine/event"

// fifo is a queue in a ring that grows when it is full and is kept.
type fifo[T any] struct {
	ring  []T // its length is a power of two
	head  int
	count int
}

func (f *fifo[T]) len() int { return f.count }

// at returns the i-th item, counted from the oldest.
func (f *fifo[T]) at(i int) *T { return &f.ring[(f.head+i)&(len(f.ring)-1)] }

func (f *fifo[T]) push(x T) {
	if f.count == len(f.ring) {
		f.grow()
	}
	f.count++
	*f.at(f.count - 1) = x
}

func (f *fifo[T]) pop() T {
	x := *f.at(0)
	f.head = (f.head + 1) & (len(f.ring) - 1)
	f.count--
	return x
}

func (f *fifo[T]) grow() {
	ring := make([]T, max(8, 2*len(f.ring)))
	n := copy(ring, f.ring[f.head:])
	copy(ring[n:], f.ring[:f.head])
	f.ring, f.head = ring, 0
}

// waiter is a request in a queue, with the time at which it came.
type waiter struct {
	id    int32
	items int32
	since event.Time
}

// size is that of some requests.
type size struct{ requests, items int }

func (s size) plus(o size) size { return size{s.requests + o.requests, s.items + o.items} }
func (s size) less(o size) size { return size{s.requests - o.requests, s.items - o.items} }

// level is the queue of one priority: PriorityQueue::PolicyQueue, scheduler_utils.cc. All its requests
// have the same timeout, so that those which have waited too long are always at the front.
type level struct {
	limit     int
	timeout   event.Time
	deferring bool
	waiting   fifo[waiter]
	deferred  fifo[waiter] // those past their timeout, which go after the waiting ones
}

func (q *level) len() int { return q.waiting.len() + q.deferred.len() }

// late says whether the oldest waiting request has waited too long.
func (q *level) late(now event.Time) bool {
	return q.timeout > 0 && q.waiting.len() > 0 && now > q.waiting.at(0).since+q.timeout
}

// expire rejects or defers the requests that have waited too long (PolicyQueue::ApplyPolicy).
func (b *Batcher) expire(q *level, now event.Time) {
	for q.late(now) {
		w := q.waiting.pop()
		if q.deferring {
			q.deferred.push(w)
			continue
		}
		b.gone(w)
		b.rejected = append(b.rejected, w.id)
		b.refused += int(w.items)
	}
}

// pop takes the request that goes first: the highest level's, there the oldest that is not deferred
// (PriorityQueue::Dequeue).
func (b *Batcher) pop() int32 {
	for i := range b.levels {
		q := &b.levels[i]
		if q.waiting.len() > 0 {
			return b.gone(q.waiting.pop())
		}
		if q.deferred.len() > 0 {
			return b.gone(q.deferred.pop())
		}
	}
	panic("batcher: no request is inside")
}

// popOldest takes the request that came first.
func (b *Batcher) popOldest() int32 {
	var oldest *fifo[waiter]
	for i := range b.levels {
		q := &b.levels[i]
		for _, f := range []*fifo[waiter]{&q.waiting, &q.deferred} {
			if f.len() > 0 && (oldest == nil || f.at(0).since < oldest.at(0).since) {
				oldest = f
			}
		}
	}
	return b.gone(oldest.pop())
}

// gone counts a request out of the queues.
func (b *Batcher) gone(w waiter) int32 {
	b.total = b.total.less(size{1, int(w.items)})
	return w.id
}
