package engine

import (
	"slices"

	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
)

// outage is an Outage at run time.
type outage struct {
	spec   *Outage
	slot   int
	down   bool
	next   int // of the schedule
	due    event.Time
	stream random.Stream
}

func newOutage(spec *Outage, slot int, stream random.Stream) outage {
	o := outage{spec: spec, slot: slot, stream: stream}
	o.due = o.change(0)
	return o
}

// change returns when the outage begins or ends next.
func (o *outage) change(now event.Time) event.Time {
	switch {
	case o.spec.Up != nil && o.down:
		return now + event.Time(o.spec.Down.Draw(&o.stream))
	case o.spec.Up != nil:
		return now + event.Time(o.spec.Up.Draw(&o.stream))
	case o.next == len(o.spec.Schedule):
		return event.Never
	case o.down:
		return event.Time(o.spec.Schedule[o.next].To)
	}
	return event.Time(o.spec.Schedule[o.next].From)
}

// toggle begins or ends an outage.
func (r *Run) toggle(i int) {
	o := &r.outages[i]
	o.down = !o.down
	if r.observer != nil {
		r.tellOutage(i)
	}
	r.refuse(o)
	if o.down {
		r.down++
		displaced := empty
		for _, p := range o.spec.Pools {
			r.fail(p, true, &displaced)
		}
		for _, p := range o.spec.Waiting {
			r.fail(p, false, &displaced)
		}
		r.each(displaced, func(id int32) { r.displace(id, o.spec.Lose) })
	} else {
		r.down--
		o.next++
		for _, p := range o.spec.Pools {
			r.repair(p)
		}
		for _, p := range o.spec.Waiting {
			r.repair(p)
		}
		r.unpark()
	}
	o.due = o.change(r.now)
	r.tree.Set(o.slot, o.due)
}

// refuse has pools lose who comes while an outage lasts, where it says so.
func (r *Run) refuse(o *outage) {
	if !o.spec.Refuse {
		return
	}
	change := int32(-1)
	if o.down {
		change = 1
	}
	for _, p := range o.spec.Pools {
		r.pools[p].refuses += change
	}
}

// refused says that a request for a set of pools that are all down is lost.
func (r *Run) refused(n *node, set int32) bool {
	return slices.ContainsFunc(n.sets[set], func(p int32) bool { return r.pools[p].refuses > 0 })
}

// fail takes a pool down, and all its requests are out: those that wait, and those that its workers have in hand, which
// is broken off.
func (r *Run) fail(i int, inHand bool, displaced *fifo) {
	p := &r.pools[i]
	if p.fills {
		p.fill(r.now)
	}
	if p.outages++; p.outages == 1 {
		r.servers.fail(p.spec.Server)
	}
	for id := range r.jobs.items {
		if inHand && r.jobs.items[id].pool == int32(i) {
			r.breakOff(int32(id), displaced)
		}
	}
	r.each(p.queue.drain(r), func(id int32) { r.expel(p, id, displaced) })
	r.wake(int32(i), p)
}

// breakOff ends a job wherever it is.
func (r *Run) breakOff(id int32, displaced *fifo) {
	j := &r.jobs.items[id]
	p := &r.pools[j.pool]
	if r.observer != nil {
		r.tellJob(BatchBreaks, id)
	}
	if !r.giveUpWaiting(id) {
		s := &r.stages[j.stage]
		span := int64(r.now - j.started)
		res := r.touch(s.where(j.worker))
		waits, next := res.cancel(id, r.kind(s, &j.batch))
		if s.threads {
			r.breakHelpers(id, s, res)
		}
		waited := int64(0)
		if s.lined {
			waited = r.waits[id]
		}
		if waits {
			waited = span
		}
		r.promoted(next)
		s.account(&j.batch, span, min(j.alone, span-waited))
		s.sums.WaitNs += waited * int64(j.batch.len)
	} else {
		r.leaveQueue(p, j.batch.len)
	}
	r.inside.add(j.pool, -j.batch.len)
	batch := j.batch
	r.endJob(id, j, p)
	r.each(batch, func(q int32) { r.append(displaced, q) })
}

// expel takes a request out of a queue that is gone.
func (r *Run) expel(p *pool, id int32, displaced *fifo) {
	if r.memories != nil {
		r.rise(id)
	}
	r.inside.add(int32(r.poolOf(p)), -1)
	r.leaveQueue(p, 1)
	r.append(displaced, id)
}

// poolOf returns a pool's index.
func (r *Run) poolOf(p *pool) int { return p.slot - len(r.resources) }

// displace sends a request that an outage has thrown out on its way anew, or loses it.
func (r *Run) displace(id int32, lose bool) {
	if lose {
		r.drop(id, Lost)
		return
	}
	r.count.Retried++
	r.release(id)
	q := &r.requests.items[id]
	q.place = 0
	first := int32(0)
	if q.parent != none {
		first = r.detail(id).first
		q.place = r.requests.items[q.parent].place
	}
	if r.servers.several() {
		server := &r.detail(id).server
		r.servers.leave(*server)
		*server = r.servers.enter(r.down > 0)
	}
	r.visit(id, q, first)
}

// repair brings a pool up again, unless another outage keeps it down.
func (r *Run) repair(i int) {
	p := &r.pools[i]
	if p.fills {
		p.fill(r.now)
	}
	if p.outages--; p.outages == 0 {
		r.servers.repair(p.spec.Server)
		r.wake(int32(i), p)
	}
}

// unpark has all requests try again for whom all pools were down.
func (r *Run) unpark() {
	for i := range r.nodes {
		parked := r.nodes[i].parked
		r.nodes[i].parked = empty
		r.each(parked, func(id int32) { r.visit(id, &r.requests.items[id], int32(i)) })
	}
}

// standing picks a pool of a set among those that are up, none when all are down.
func (r *Run) standing(n *node, set int32) int32 {
	up := r.up[:0]
	for _, p := range n.sets[set] {
		if r.pools[p].outages == 0 {
			up = append(up, p)
		}
	}
	r.up = up
	if len(up) == 0 {
		return none
	}
	return n.choices.choose(set, up, &r.inside)
}
