package engine

import (
	"time"

	"vsim/sim/engine/event"
	"vsim/sim/engine/stats"
)

// Window is what a run did from one moment to the end of its last full block, or to the moment at which
// the last request of traffic that ends has left.
type Window struct {
	Span      time.Duration
	Arrived   int64
	Completed int64
	Items     int64        // of the requests completed
	Dropped   [drops]int64 // by Drop
	Retried   int64        // sent on their way anew by an outage
	Evicted   int64        // inputs that a full memory spilled to the host
	Inside    float64      // time average of the number of requests inside
	Latency   stats.Histogram
	ByClass   []stats.Histogram // the same, by class
	Steps     []StepSums        // by pool, then step
	Pools     []PoolSums
	Busy      []float64 // by resource: busy part of its capacity, 0 to 1
	ActiveJ   []float64 // by resource: energy above idle, in joules
	IdleJ     []float64 // by resource: energy that it takes without anything to do
}

// Blocks returns the number of full blocks and their length.
func (r *Run) Blocks() (n int, length time.Duration) {
	return len(r.history.blocks), time.Duration(r.history.length)
}

// BlockLatency returns the number of completions in block i and the sum of their latencies in ns.
func (r *Run) BlockLatency(i int) (completed, sumNs int64) {
	from, to := r.history.reached(i), r.history.reached(i+1)
	return to.Completed - from.Completed, to.LatencyNs - from.LatencyNs
}

// BlockInside returns the time average of the number of requests inside during block i.
func (r *Run) BlockInside(i int) float64 {
	from, to := r.history.reached(i), r.history.reached(i+1)
	return float64(to.InsideNs-from.InsideNs) / float64(r.history.length)
}

// BlockBusy returns, by resource, the part of its capacity that was busy during block i, 0 to 1; of systems of very many parts
// during the four blocks of which it is one, see partsEvery.
func (r *Run) BlockBusy(i int) []float64 {
	every, busy := r.history.every, make([]float64, len(r.resources))
	if len(r.history.blocks) < every {
		return busy
	}
	first := min(i, len(r.history.blocks)-every) / every * every
	copy(busy, r.history.partsReached(first+every).BusyNs)
	for k, before := range r.history.partsReached(first).BusyNs { // none at the start
		busy[k] -= before
	}
	for k := range busy {
		busy[k] /= float64(every) * float64(r.history.length)
	}
	return busy
}

// Since sums up the full blocks from number first on. Of systems of very many parts it is every fourth block, see partsEvery.
func (r *Run) Since(first int) Window {
	w := r.Glance(first)
	r.addParts(&w, first)
	return w
}

// Glance is Since without what its parts did: Steps, Pools, Busy, ActiveJ and IdleJ.
func (r *Run) Glance(first int) Window { return r.glance(r.history.window(first)) }

// Block is Glance of block i alone.
func (r *Run) Block(i int) Window { return r.glance(i, i+1) }

// glance is what a run did from one block on to another, which is left out.
func (r *Run) glance(first, last int) Window {
	w := Window{ByClass: make([]stats.Histogram, len(r.sys.Classes))}
	for i := first; i < last; i++ {
		mergeAll(w.ByClass, r.history.blocks[i].latency)
	}
	for i := range w.ByClass {
		w.Latency.Merge(&w.ByClass[i])
	}
	sum := *r.history.reached(last)
	sum.plus(-1, r.history.reached(first))
	end := event.Time(last) * r.history.length
	if r.Done() {
		end = min(end, r.little.number.Changed())
	}
	w.Span = time.Duration(end - event.Time(first)*r.history.length)
	w.Arrived, w.Completed, w.Items = sum.Arrived, sum.Completed, sum.Items
	w.Dropped, w.Retried, w.Evicted = sum.Dropped, sum.Retried, sum.Evicted
	w.Inside = float64(sum.InsideNs) / float64(w.Span)
	return w
}

// addParts adds what the parts did in a window from the given block on.
func (r *Run) addParts(w *Window, first int) {
	first, last := r.history.window(first)
	sum := newParts(len(r.count.Steps), len(r.count.Pools), len(r.count.BusyNs))
	if from, to := r.history.partsReached(first), r.history.partsReached(last); from != nil && to != nil {
		sum.plus(1, to)
		sum.plus(-1, from)
	}
	w.Steps, w.Pools, w.Busy = sum.Steps, sum.Pools, sum.BusyNs
	span := float64(w.Span)
	for i := range w.Busy {
		w.Busy[i] /= span
		w.ActiveJ = append(w.ActiveJ, sum.ActiveNJ[i]*1e-9)
		w.IdleJ = append(w.IdleJ, r.sys.Resources[i].IdleWatts*w.Span.Seconds())
	}
}

// Horizon is where the clock ends: a run must stop before it.
func (r *Run) Horizon() event.Time { return r.tree.Horizon() }

// Events returns the number of events so far, Completed that of requests done, and Now the clock.
func (r *Run) Events() int64    { return r.count.Events }
func (r *Run) Completed() int64 { return r.count.Completed }
func (r *Run) Now() event.Time  { return r.now }

// Inside returns the number of requests in the system now, not counting the children that forks make.
func (r *Run) Inside() int { return int(r.little.number.Value()) }

// Done says that the traffic has ended and all its requests have left.
func (r *Run) Done() bool { return r.source.ended && r.Inside() == 0 }

// LittleGap returns the difference between the integral of the number of requests inside and the sum
// of their sojourns, in request-ns. It is 0, exactly, at any moment of any run.
func (r *Run) LittleGap() int64 { return r.little.gap(r.now) }
