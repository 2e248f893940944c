package engine

import (
	"vsim/sim/engine/event"
	"vsim/sim/engine/stats"
)

// counters are the run's sums since its start; the difference of two snapshots is what happened in
// between.
type counters struct {
	tally
	partSums
}

// tally are the sums over all of the system.
type tally struct {
	Events, Arrived, Completed int64
	Items                      int64 // of the requests completed
	LatencyNs                  int64
	Dropped                    [drops]int64
	Retried, Evicted           int64
	InsideNs                   int64 // integral of the number of requests inside
}

// partSums are the sums of its partSums.
type partSums struct {
	Steps    []StepSums
	Pools    []PoolSums
	BusyNs   []float64 // by resource: integral of the busy part of its capacity
	ActiveNJ []float64 // by resource: energy above idle, in nanojoules
}

// StepSums are what the workers did in one step: their time, and the time that requests saw (worker
// time times the size of the batch). Of the latter, AloneNs is what the step would have taken on an idle
// resource and WaitNs what passed in the line for a slot; the rest is what others on the resource added.
type StepSums struct{ WorkerNs, RequestNs, AloneNs, WaitNs int64 }

// PoolSums are what went through one pool's queue: what was taken from it, with its items, and the integral of the
// number of requests in it (the sum of their waits, cut at the ends of the window). FillNs is the part of
// WaitNs during which a worker was idle: the requests waited for a fuller batch.
type PoolSums struct{ Batches, Requests, Items, WaitNs, FillNs int64 }

// add adds another's sums so many times.
func (s *StepSums) add(other *StepSums, times int64) {
	s.WorkerNs += times * other.WorkerNs
	s.RequestNs += times * other.RequestNs
	s.AloneNs += times * other.AloneNs
	s.WaitNs += times * other.WaitNs
}

// add adds another's sums so many times.
func (s *PoolSums) add(other *PoolSums, times int64) {
	s.Batches += times * other.Batches
	s.Requests += times * other.Requests
	s.Items += times * other.Items
	s.WaitNs += times * other.WaitNs
	s.FillNs += times * other.FillNs
}

func newParts(steps, pools, resources int) partSums {
	return partSums{make([]StepSums, steps), make([]PoolSums, pools), make([]float64, resources), make([]float64, resources)}
}

// set makes p what other is, in its own memory.
func (p *partSums) set(other *partSums) {
	p.Steps, p.Pools = append(p.Steps[:0], other.Steps...), append(p.Pools[:0], other.Pools...)
	p.BusyNs, p.ActiveNJ = append(p.BusyNs[:0], other.BusyNs...), append(p.ActiveNJ[:0], other.ActiveNJ...)
}

// plus adds sign times other.
func (c *tally) plus(sign int64, other *tally) {
	c.Events += sign * other.Events
	c.Arrived += sign * other.Arrived
	c.Completed += sign * other.Completed
	c.Items += sign * other.Items
	c.LatencyNs += sign * other.LatencyNs
	c.InsideNs += sign * other.InsideNs
	for i, o := range other.Dropped {
		c.Dropped[i] += sign * o
	}
	c.Retried += sign * other.Retried
	c.Evicted += sign * other.Evicted
}

// plus adds sign times other.
func (c *partSums) plus(sign int64, other *partSums) {
	for i := range other.Steps {
		c.Steps[i].add(&other.Steps[i], sign)
	}
	for i := range other.Pools {
		c.Pools[i].add(&other.Pools[i], sign)
	}
	for i, o := range other.BusyNs {
		c.BusyNs[i] += float64(sign) * o
		c.ActiveNJ[i] += float64(sign) * other.ActiveNJ[i]
	}
}

// insideLaw checks Little's law to the last bit: the integral of the number of requests inside is the
// sum of the sojourns of those that left and of the ages of those that are still there.
type insideLaw struct {
	number   stats.TimeAverage
	sojourns int64      // of those that left
	entered  event.Time // sum of the arrival times of those inside
}

func (l *insideLaw) enter(now event.Time) {
	l.number.Add(now, 1)
	l.entered += now
}

func (l *insideLaw) leave(arrived, now event.Time) {
	l.number.Add(now, -1)
	l.entered -= arrived
	l.sojourns += int64(now - arrived)
}

// renew is leave and enter at once.
func (l *insideLaw) renew(arrived, now event.Time) {
	l.entered += now - arrived
	l.sojourns += int64(now - arrived)
}

// gap is 0 when the law holds.
func (l *insideLaw) gap(now event.Time) int64 {
	return l.number.Integral(now) - l.sojourns - (l.number.Value()*int64(now) - int64(l.entered))
}
