package batcher

import (
	"slices"

	"vsim/sim/engine/event"
)

// pending are the requests that could go into the current payload.
type pending struct {
	all    size
	best   size       // the first of them, up to the last preferred size within reach; empty where none is
	past   bool       // that is not a preferred size: one more request would have been beyond all of them
	more   bool       // some are left over that do not fit
	oldest event.Time // when the first of them came
	due    event.Time // first moment at which one of them has waited too long
}

// examine walks over the queues until the largest batch is full, and on its way lets those expire that
// have waited too long (GetDynamicBatch; PriorityQueue::ApplyPolicyAtCursor, AdvanceCursor). Further down they stay.
func (b *Batcher) examine(now event.Time) pending {
	p := pending{oldest: event.Never, due: event.Never}
	made := b.made.requests // in payloads, at the front of the only queue
	for i := range b.levels {
		q := &b.levels[i]
		b.expire(q, now)
		n := b.fitting(q, made, &p)
		if n > 0 {
			q.examine(made, n, &p)
		}
		if n < q.len()-made {
			p.more = true
			break
		}
		made = 0
	}
	if b.single() {
		p.best, p.past = b.best(p.all.items)
	}
	return p
}

// single says that no request inside has more than one item. Then a number says all of them, and the queue need not
// be walked request by request.
func (b *Batcher) single() bool { return b.total.items == b.total.requests }

// fitting is how many requests of a level after the first made ones still fit, and counts them in.
func (b *Batcher) fitting(q *level, made int, p *pending) (n int) {
	if b.single() {
		n = min(q.len()-made, b.max-b.current.items-p.all.items)
		p.all = p.all.plus(size{n, n})
		return n
	}
	for ; n < q.len()-made && b.fits(int(q.at(made+n).items), p); n++ {
	}
	return n
}

// fits counts the next request in unless it is too much: the loop of GetDynamicBatch.
func (b *Batcher) fits(items int, p *pending) bool {
	have := b.current.items + p.all.items
	if have > 0 {
		if have+items > b.top && p.best.requests == 0 {
			p.best, p.past = p.all, true
		}
		if have+items > b.max {
			return false
		}
	}
	p.all = p.all.plus(size{1, items})
	if slices.Contains(b.preferred, have+items) {
		p.best = p.all
	}
	return true
}

// best is how many of so many requests of one item bring the current payload to the largest preferred size within
// reach, 0 when none is. A payload that has all preferred sizes behind it takes one of several.
func (b *Batcher) best(count int) (n size, past bool) {
	for _, to := range slices.Backward(b.preferred) {
		if to <= b.current.items {
			break
		}
		if to <= b.current.items+count {
			return size{to - b.current.items, to - b.current.items}, false
		}
	}
	if b.current.items < b.top {
		return size{}, false
	}
	if count > 1 {
		return size{1, 1}, true
	}
	return size{}, true
}

// at is the i-th request of a level in the order in which they go.
func (q *level) at(i int) *waiter {
	if i < q.waiting.len() {
		return q.waiting.at(i)
	}
	return q.deferred.at(i - q.waiting.len())
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
