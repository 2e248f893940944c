package batcher

import (
	"cmp"
	"slices"

	"vsim/sim/engine/event"
)

// dumb is the batcher a second time, as dumb as can be: requests in a slice, each with all that is known
// about it, payloads that hold their requests, and a batch found request by request from rules in words.
//
// The rules: The batcher is asleep, and looks at its queue when it is woken or its alarm goes off. It is
// woken by an instance that takes or has done a payload; by a request, if it may make up payloads and at
// least `enough` items have come since (those that found no room, or were rejected while it waited for
// an instance, count for ever). An instance that is done may wake it too early (with a probability): it then looks as if
// the instance were still busy, and if it waits for just that it sleeps on until its alarm. Having looked it looks again, unless there was nothing it could do.
type dumb struct {
	c        Config
	queue    []*dumbRequest // in the order in which they came
	payloads []*dumbPayload // wait for an instance, first come first served
	current  *dumbPayload   // is being made up; it is among payloads once it has a request
	enough   int
	ghosts   int
	idle     int
	woken    bool
	waiting  bool // for an instance or room for a payload
	alarm    event.Time
	moved    int // how many were deferred so far
	silent   []int32
	expired  []int32
}

type dumbRequest struct {
	id       int32
	level    int
	items    int
	since    event.Time
	deferred int // 0, or how many had been when it was
}

type dumbPayload struct {
	requests []*dumbRequest
	closed   bool // nothing is added any more
}

func itemsOf(requests []*dumbRequest) (n int) {
	for _, q := range requests {
		n += q.items
	}
	return n
}

func newDumb(c Config) *dumb {
	if c.Max == 0 {
		c.Max = 1
	}
	if c.Preferred == nil {
		c.Preferred = []int{c.Max}
	}
	if c.Queues == nil {
		c.Queues = []Queue{{}}
	}
	if len(c.Queues) > 1 || c.Queues[0].Limit > 0 || c.Queues[0].Timeout > 0 {
		c.Prefetch = false
	}
	return &dumb{c: c, idle: c.Instances, current: &dumbPayload{}, alarm: poll}
}

func (d *dumb) Add(now event.Time, id int32, level, items int) bool {
	same := 0
	for _, q := range d.queue {
		if q.level == level {
			same++
		}
	}
	if limit := d.c.Queues[level].Limit; limit > 0 && same == limit {
		d.ghosts += items
		return false
	}
	for len(d.queue) == 0 && d.alarm <= now {
		d.alarm += poll
	}
	d.queue = append(d.queue, &dumbRequest{id: id, level: level, items: items, since: now})
	if d.mayMakeUp() && itemsOf(d.queue)+d.ghosts >= d.enough {
		d.woken = true
	}
	return true
}

func (d *dumb) mayMakeUp() bool {
	switch {
	case d.c.Instances == 0:
		return true
	case d.c.Prefetch:
		return len(d.payloads) < 2*d.c.Instances
	}
	return d.idle > 0
}

func (d *dumb) Take(now event.Time, idle int) []int32 {
	if idle > d.idle && d.c.Instances > 0 {
		early := d.c.Early > 0 && d.c.Chance.Float64() < d.c.Early
		switch {
		case !early:
			d.woken = true
		case !d.waiting || d.mayMakeUp() || now >= d.alarm:
			d.woken = d.look(now)
		}
	}
	d.idle = idle
	for {
		if len(d.payloads) > 0 && (d.idle > 0 || d.c.Instances == 0) {
			return d.start(now)
		}
		if !d.woken && now < d.alarm {
			return nil
		}
		d.woken = d.look(now)
	}
}

func (d *dumb) start(now event.Time) (ids []int32) {
	first := d.payloads[0]
	d.payloads = d.payloads[1:]
	first.closed = true
	for len(d.payloads) > 0 && d.c.Delay > 0 && d.c.Max > 1 {
		next := d.payloads[0]
		if now-next.requests[0].since <= event.Time(d.c.Delay) {
			break
		}
		next.closed = true
		if itemsOf(first.requests)+itemsOf(next.requests) > d.c.Max {
			break
		}
		first.requests = append(first.requests, next.requests...)
		d.payloads = d.payloads[1:]
	}
	for _, q := range first.requests {
		ids = append(ids, q.id)
	}
	d.idle--
	d.woken = true
	return ids
}

func (d *dumb) look(now event.Time) (again bool) {
	d.expired, d.silent = append(d.expired, d.silent...), nil
	if d.current.closed {
		d.current, d.enough = &dumbPayload{}, 0
	}
	if !d.mayMakeUp() && (d.waiting || len(d.queue) > 0) {
		for _, q := range slices.Clone(d.queue) {
			if d.waiting && d.tooLate(q, now) && !d.c.Queues[q.level].Defer {
				d.remove(q)
				d.expired = append(d.expired, q.id)
				d.ghosts += q.items
			}
		}
		d.waiting, d.alarm = true, now+poll
		return false
	}
	d.waiting = false
	if len(d.queue) == 0 {
		d.alarm = now + poll
		return false
	}
	if again = d.makeUp(now); again {
		d.expired, d.silent = append(d.expired, d.silent...), nil
	}
	return again
}

// makeUp goes through the queue. It remembers as best the last place where it had a preferred size; if
// it never had one, and is past them all, the second request is such a place, too.
func (d *dumb) makeUp(now event.Time) (again bool) {
	largest := slices.Max(d.c.Preferred)
	var batch []*dumbRequest
	best, full, past := 0, false, false
	for q := d.candidate(now, 0); q != nil; q = d.candidate(now, len(batch)) {
		have := itemsOf(d.current.requests) + itemsOf(batch)
		if have > 0 && have+q.items > largest && best == 0 {
			best, past = len(batch), true
		}
		if have > 0 && have+q.items > d.c.Max {
			full = true
			break
		}
		batch = append(batch, q)
		if slices.Contains(d.c.Preferred, have+q.items) {
			best = len(batch)
		}
	}
	late := false
	for _, q := range batch {
		late = late || d.c.Delay > 0 && now-q.since >= event.Time(d.c.Delay)
	}
	have := itemsOf(d.current.requests) + itemsOf(batch)
	switch {
	case best > 0 && !late:
		d.put(batch[:best])
		d.current.closed = past || d.c.Delay == 0 || d.c.Closed
		return true
	case len(batch) == 0:
		d.current.closed = past
		return true
	case full || have >= largest:
		d.put(batch)
		d.current.closed = true
		return true
	case late || d.c.Delay == 0:
		d.put(batch)
		d.current.closed = d.c.Closed
		return true
	}
	above := slices.IndexFunc(d.c.Preferred, func(size int) bool { return size > have })
	d.enough = d.c.Preferred[above] - itemsOf(d.current.requests)
	if n := itemsOf(d.current.requests); n > 0 && !slices.Contains(d.c.Preferred, n) {
		d.put(batch)
		return true
	}
	d.alarm = event.Never
	for _, q := range batch {
		d.alarm = min(d.alarm, q.since+event.Time(d.c.Delay))
		if timeout := d.c.Queues[q.level].Timeout; timeout > 0 && q.deferred == 0 {
			d.alarm = min(d.alarm, q.since+event.Time(timeout)+1)
		}
	}
	return false
}

// candidate is the i-th request in the order in which they go. Those too late that it meets there are
// rejected or deferred.
func (d *dumb) candidate(now event.Time, i int) *dumbRequest {
	for {
		inOrder := slices.Clone(d.queue)
		slices.SortStableFunc(inOrder, func(a, b *dumbRequest) int {
			return cmp.Or(cmp.Compare(a.level, b.level), cmp.Compare(a.deferred, b.deferred))
		})
		if i >= len(inOrder) {
			return nil
		}
		q := inOrder[i]
		if !d.tooLate(q, now) {
			return q
		}
		if d.c.Queues[q.level].Defer {
			d.moved++
			q.deferred = d.moved
		} else {
			d.remove(q)
			d.silent = append(d.silent, q.id)
		}
	}
}

func (d *dumb) tooLate(q *dumbRequest, now event.Time) bool {
	timeout := d.c.Queues[q.level].Timeout
	return timeout > 0 && q.deferred == 0 && now > q.since+event.Time(timeout)
}

func (d *dumb) remove(q *dumbRequest) {
	d.queue = slices.DeleteFunc(d.queue, func(other *dumbRequest) bool { return other == q })
}

func (d *dumb) put(batch []*dumbRequest) {
	if len(d.current.requests) == 0 {
		d.payloads = append(d.payloads, d.current)
	}
	d.current.requests = append(d.current.requests, batch...)
	for _, q := range batch {
		d.remove(q)
	}
}

func (d *dumb) Due() event.Time {
	rejects := slices.ContainsFunc(d.c.Queues, func(q Queue) bool { return q.Timeout > 0 && !q.Defer })
	if len(d.queue) == 0 || !d.mayMakeUp() && !rejects {
		return event.Never
	}
	return d.alarm
}

func (d *dumb) Expired() (ids []int32) {
	ids, d.expired = d.expired, nil
	return ids
}

func (d *dumb) Len() int {
	n := len(d.queue) + len(d.silent)
	for _, p := range d.payloads {
		n += len(p.requests)
	}
	return n
}

func (d *dumb) Drain() (ids []int32) {
	var all []*dumbRequest
	for _, p := range d.payloads {
		p.closed = true
		all = append(all, p.requests...)
	}
	all = append(all, d.queue...)
	slices.SortStableFunc(all, func(a, b *dumbRequest) int {
		return cmp.Or(cmp.Compare(a.since, b.since), cmp.Compare(a.level, b.level))
	})
	for _, q := range all {
		ids = append(ids, q.id)
	}
	d.payloads, d.queue, d.woken = nil, nil, true
	d.expired, d.silent = append(d.expired, d.silent...), nil
	return ids
}
