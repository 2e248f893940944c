package engine

import (
	"math"

	"vsim/sim/engine/event"
)

// resource is a Resource at run time. Jobs that run at the same speed share a clock of the service
// that a job present since the start would have got; a job that comes when the clock shows c and needs
// w is done when it shows c + w, whatever happens to the speed in between. (Virtual time, as in fair
// queueing: Parekh & Gallager 1993.)
type resource struct {
	slot     int
	due      event.Time // what the tree knows
	updated  event.Time // when the clocks were moved last
	settled  bool       // the due time fits the jobs present, and so do the speeds, unless it is due now
	alike    *clock     // the only one, where all kinds run at one speed
	next     *clock     // that of the job that is done next
	jobs     mix        // those that are worked on
	slots    int        // the most of them: others have to wait
	speed    float64    // of the hardware: that many times as fast
	busy     float64    // busy part of the capacity now
	watts    float64    // power above idle now
	busyNs   float64    // integral of busy since the start
	activeNJ float64    // integral of watts since the start, in nanojoules
	clocks   []clock    // one for each kind, or a single one where all kinds run at one speed
	line     line       // those that wait for a slot; they are no neighbours yet
	law      *law       // one for all resources that share alike
	cores    *coreSet   // nil: all share everything
}

// clock is the virtual time of jobs that run at one speed.
type clock struct {
	served float64      // ns of service; starts anew whenever nobody is there
	first  float64      // reading at which the first job is done; infinite when nobody is there
	job    int32        // the first job
	speed  float64      // 0 when nobody is there
	finish *event.Queue // jobs by the reading at which they are done
}

const (
	// noise is what the clocks may be off, in ns: times that are whole by calculation count as whole,
	// and jobs that are done at the same time by calculation as done at the same time.
	noise = 1.0 / 1024
	// longest keeps a job that takes ages within the integers; the event tree's horizon is far below.
	longest = 1 << 62
	// rebaseAt is the reading, 18 minutes, at which a clock that is never idle is set back. Below it
	// a float64 is good to 2^-13 ns.
	rebaseAt = 1 << 40
)

func newResource(spec *Resource, law *law, slot, threads int) resource {
	r := resource{law: law, slot: slot, due: event.Never, settled: true, speed: 1, slots: math.MaxInt, jobs: newMix(len(spec.Kinds))}
	if spec.Speed > 0 {
		r.speed = spec.Speed
	}
	if spec.Slots > 0 {
		r.slots = spec.Slots
	}
	if spec.PerCore {
		r.clocks = spaced[clock](1) // for who is next
		r.next, r.cores = &r.clocks[0], newCores(law, int(spec.Capacity), threads)
		r.cores.addOwn(spec.Kinds)
		r.cores.tight = spec.Capacity / (spec.Capacity - spec.Others)
		return r
	}
	if r.law.apart {
		r.clocks = spaced[clock](len(spec.Kinds))
	} else {
		r.clocks = spaced[clock](1)
		r.alike = &r.clocks[0]
	}
	r.next = &r.clocks[0]
	queues := spaced[event.Queue](len(r.clocks)) // apart, so that the clocks are close together
	for i := range r.clocks {
		r.clocks[i].first, r.clocks[i].finish = math.Inf(1), &queues[i]
	}
	return r
}

// clock returns the clock of a kind.
func (r *resource) clock(kind int) *clock {
	if r.alike != nil {
		return r.alike
	}
	return &r.clocks[kind]
}

// advance moves the clocks to now.
func (r *resource) advance(now event.Time) {
	if now == r.updated {
		return
	}
	dt := float64(now - r.updated)
	r.updated = now
	r.busyNs += float64(dt * r.busy) // not fused, to be the same on every machine
	r.activeNJ += float64(dt * r.watts)
	if c := r.alike; c != nil {
		c.served += float64(dt * c.speed)
		return
	}
	if r.cores != nil {
		r.cores.advance(dt)
		return
	}
	clocks := r.clocks
	for i := range clocks {
		c := &clocks[i]
		c.served += float64(dt * c.speed)
	}
}

// add puts a job that takes work (ns, alone) on the resource, into a slot or the line for one. The
// clocks must be at now, here and for all that follows.
func (r *resource) add(job int32, kind int, work float64) {
	if r.jobs.all == r.slots {
		r.line.push(waiting{job, int32(kind), work})
		return
	}
	r.jobs.join(kind)
	c := r.clock(kind)
	reading := c.served + work
	if reading < c.first {
		c.first, c.job = reading, job
	}
	c.finish.Push(clockKey(reading), job)
}

// first returns the job that is done next.
func (r *resource) first() (job int32) { return r.next.job }

// soonest is a job that is there, that which is done next unless others have come or gone at this very moment; none where there is no telling.
func (r *resource) soonest() (job int32) {
	switch {
	case r.cores != nil:
		return r.cores.soonest()
	case r.next.finish.Len() == 0:
		return none
	}
	return r.next.job
}

// delay keeps that job from working for ns. The clocks must be at now.
func (r *resource) delay(ns float64) {
	c := r.next
	if r.cores != nil {
		r.cores.delay(r.cores.soonest(), ns)
		return
	}
	c.finish.Pop()
	c.finish.Push(clockKey(c.first+float64(ns*c.speed)), c.job)
	key, job := c.finish.Min()
	c.first, c.job = clockReading(key), job
}

// remove takes off the job that is done next, which is of the given kind. It returns the job that gets its slot
// out of the line, or none.
func (r *resource) remove(kind int) (promoted int32) {
	c := r.next
	if r.cores != nil {
		r.end(c.job, kind)
		return none
	}
	key, job, more := c.finish.Next()
	if more {
		c.first, c.job = clockReading(key), job
	}
	return r.leave(c, kind, more)
}

// cancel takes off any job, and says whether it was in the line for a slot and which job gets its slot otherwise.
func (r *resource) cancel(job int32, kind int) (waits bool, promoted int32) {
	if r.cores != nil {
		r.end(job, kind)
		return false, none
	}
	if r.line.drop(job) {
		return true, none
	}
	c := r.clock(kind)
	c.finish.Remove(job)
	more := c.finish.Len() > 0
	if more {
		var key int64
		key, c.job = c.finish.Min()
		c.first = clockReading(key)
	}
	return false, r.leave(c, kind, more)
}

// leave frees the slot of a job that is off its clock already, where there may be more, for the one that
// has waited longest, which it returns.
func (r *resource) leave(c *clock, kind int, more bool) (promoted int32) {
	r.jobs.leave(kind)
	switch {
	case !more:
		c.served, c.first = 0, math.Inf(1)
	case c.served > rebaseAt:
		c.rebase()
	}
	if r.line.len == 0 {
		return none
	}
	w := r.line.pop()
	r.add(w.job, int(w.kind), w.work)
	return w.job
}

// rebase sets the clock back to 0. Differences of readings are exact while they are below 2^40 ns.
func (c *clock) rebase() {
	old := *c.finish
	*c.finish = event.Queue{}
	for old.Len() > 0 {
		key, job := old.Min()
		old.Pop()
		c.finish.Push(clockKey(max(clockReading(key)-c.served, 0)), job)
	}
	c.served, c.first = 0, max(c.first-c.served, 0)
}

// settle works out the speeds for the jobs present and when the first of them will be done. Of those
// that are done at the same time, the lowest kind goes first, and within a kind the oldest.
func (r *resource) settle() event.Time {
	switch {
	case r.cores != nil:
		return r.settleCores()
	case r.alike == nil:
		return r.settleApart()
	case r.dueNow():
		return r.updated // whatever the speeds are: they are worked out before time goes on
	}
	return r.settleAlike(r.alike)
}

// settleAlike settles kinds that run at one speed.
func (r *resource) settleAlike(c *clock) event.Time {
	total, power := r.law.load(&r.jobs)
	var stretch float64
	r.busy, c.speed, stretch = r.law.alike(total)
	r.watts = c.speed * power
	return r.after((c.first - c.served) * stretch)
}

// settleApart settles kinds that have speeds of their own.
func (r *resource) settleApart() event.Time {
	row := r.law.paces(&r.jobs)
	r.busy, r.watts = row.busy, row.watts
	clocks := r.clocks
	soonest, next := math.Inf(1), 0
	for i, p := range row.pace[:len(clocks)] {
		c := &clocks[i]
		c.speed = p.speed
		if left := (c.first - c.served) * p.stretch; left < soonest-noise {
			soonest, next = left, i
		}
	}
	r.next = &clocks[next]
	return r.after(soonest)
}

// dueNow says that a job is done at this very moment, whatever the speeds are. It does not tell where kinds
// have speeds of their own, and not of a job that is within noise of its end.
func (r *resource) dueNow() bool { return r.alike != nil && r.alike.first <= r.alike.served }

// after returns the moment at which that many ns have passed. It rounds up by hand, in a fifth of the
// instructions of math.Ceil and max.
func (r *resource) after(soonest float64) event.Time {
	if soonest > longest {
		return event.Never
	}
	if soonest <= noise {
		return r.updated
	}
	soonest -= noise
	span := event.Time(soonest)
	if float64(span) < soonest {
		span++
	}
	return r.updated + span
}

// clockKey orders clock readings as integers: the bits of floats that are not negative sort like them.
func clockKey(reading float64) int64 { return int64(math.Float64bits(reading)) }

func clockReading(key int64) float64 { return math.Float64frombits(uint64(key)) }
