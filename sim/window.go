package sim

import (
	"time"

	"vsim/sim/event"
	"vsim/sim/stats"
)

// Window is what a run did from one moment to the end of its last full block.
type Window struct {
	Span      time.Duration
	Arrived   int64
	Completed int64
	Inside    float64 // time average of the number of requests inside
	Latency   stats.Histogram
	Steps     []StepSums // by pool, then step
	Pools     []PoolSums
	Busy      []float64 // by resource: busy part of its capacity, 0 to 1
	Energy    []Energy  // by resource
}

// Energy is what a resource took in joules: IdleJ whatever it did, ActiveJ on top for its jobs.
type Energy struct{ IdleJ, ActiveJ float64 }

// Blocks returns the number of full blocks and their length.
func (r *Run) Blocks() (n int, length time.Duration) {
	return len(r.history.blocks), time.Duration(r.history.length)
}

// BlockLatency returns the number of completions in block i and the sum of their latencies in ns.
func (r *Run) BlockLatency(i int) (completed, sumNs int64) {
	s := &r.history.blocks[i].sums
	return s.Completed, s.LatencyNs
}

// BlockInside returns the time average of the number of requests inside during block i.
func (r *Run) BlockInside(i int) float64 {
	return float64(r.history.blocks[i].sums.InsideNs) / float64(r.history.length)
}

// Since sums up the full blocks from number first on.
func (r *Run) Since(first int) Window {
	sum := newCounters(len(r.count.Steps), len(r.count.Pools), len(r.count.BusyNs))
	var w Window
	for i := first; i < len(r.history.blocks); i++ {
		b := &r.history.blocks[i]
		sum.plus(1, &b.sums)
		w.Latency.Merge(&b.latency)
	}
	w.Span = time.Duration(len(r.history.blocks)-first) * time.Duration(r.history.length)
	w.Arrived, w.Completed = sum.Arrived, sum.Completed
	w.Steps, w.Pools, w.Busy = sum.Steps, sum.Pools, sum.BusyNs
	span := float64(w.Span)
	w.Inside = float64(sum.InsideNs) / span
	for i := range w.Busy {
		w.Busy[i] /= span
		w.Energy = append(w.Energy, Energy{r.sys.Resources[i].IdleWatts * span / 1e9, sum.ActiveNJ[i] / 1e9})
	}
	return w
}

// Events returns the number of events so far, Completed that of requests done, and Now the clock.
func (r *Run) Events() int64    { return r.count.Events }
func (r *Run) Completed() int64 { return r.count.Completed }
func (r *Run) Now() event.Time  { return r.now }

// Inside returns the number of requests in the system now.
func (r *Run) Inside() int { return r.requests.used }

// LittleGap returns the difference between the integral of the number of requests inside and the sum
// of their sojourns, in request-ns. It is 0, exactly, at any moment of any run.
func (r *Run) LittleGap() int64 { return r.little.gap(r.now) }
