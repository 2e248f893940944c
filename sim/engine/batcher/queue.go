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
	since event.Time
}

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
		b.total--
		b.rejected = append(b.rejected, w.id)
	}
}

// pop takes the request that goes first: the highest level's, there the oldest that is not deferred
// (PriorityQueue::Dequeue).
func (b *Batcher) pop() int32 {
	b.total--
	for i := range b.levels {
		q := &b.levels[i]
		if q.waiting.len() > 0 {
			return q.waiting.pop().id
		}
		if q.deferred.len() > 0 {
			return q.deferred.pop().id
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
	b.total--
	return oldest.pop().id
}

// pending are the requests that could go into a batch.
type pending struct {
	count  int
	more   bool       // some are left over that did not fit
	oldest event.Time // when the first of them came
	due    event.Time // first moment at which one of them has waited too long
}

// examine walks over the queues until so many requests are found, and on its way lets those expire that
// have waited too long (PriorityQueue::ApplyPolicyAtCursor, AdvanceCursor). Further down they stay.
func (b *Batcher) examine(now event.Time, room int) pending {
	p := pending{oldest: event.Never, due: event.Never}
	made := b.made // in payloads, at the front of the only queue
	for i := range b.levels {
		q := &b.levels[i]
		b.expire(q, now)
		n := min(q.len()-made, room-p.count)
		if n > 0 {
			q.examine(made, n, &p)
		}
		p.count += n
		if n < q.len()-made {
			p.more = true
			break
		}
		made = 0
	}
	return p
}

// examine looks at the n requests after the first made ones.
func (q *level) examine(made, n int, p *pending) {
	if made < q.waiting.len() {
		first := q.waiting.at(made).since
		p.oldest = min(p.oldest, first)
		if q.timeout > 0 {
			p.due = min(p.due, first+q.timeout+1)
		}
	}
	if made+n > q.waiting.len() {
		p.oldest = min(p.oldest, q.deferred.at(0).since)
	}
}
