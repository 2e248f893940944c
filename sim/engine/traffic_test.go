package engine

import (
	"testing"
	"time"

	"vsim/sim/engine/event"
	"vsim/sim/engine/oracle"
	"vsim/sim/engine/workload"
)

// TestTraceRunsOut: every request of a trace is served, with the class that the trace says, and then the
// run is done.
func TestTraceRunsOut(t *testing.T) {
	trace := workload.Trace{Times: []event.Time{1e6, 1e6, 5e6, 9e6}, Classes: []int32{1, 0, 1, 1}}
	arrivals, err := workload.Replay(trace)
	if err != nil {
		t.Fatal(err)
	}
	sys := tandem(Source{Arrivals: arrivals}, []Resource{unshared()}, Pool{Name: "server", Workers: 1, Steps: []Step{on(0, 0, one(constant(3*time.Millisecond)))}})
	sys.Classes = []Class{{Name: "a", Weight: 1}, {Name: "b", Weight: 1}}
	r := newRun(t, sys, 0)
	r.Until(event.Time(6e6), unlimited, unlimited)
	if r.Done() {
		t.Error("done before the last arrival")
	}
	r.Until(event.Time(2e9), unlimited, unlimited)
	w := r.Since(0)
	if !r.Done() || r.Completed() != 4 || w.ByClass[0].Count() != 1 || w.ByClass[1].Count() != 3 {
		t.Errorf("done %v, %d completed, %d and %d by class", r.Done(), r.Completed(), w.ByClass[0].Count(), w.ByClass[1].Count())
	}
	if got := w.ByClass[0].Max(); got != 6e6 { // behind the other of the same moment
		t.Errorf("the second request took %d ns, want 6 ms", got)
	}
}

// TestChangingRate: with a rate that changes slowly against the queue, M(t)/M/infinity has the mean
// number of its mean rate, and a single server more than at the mean rate all the time.
func TestChangingRate(t *testing.T) {
	rate := workload.Diurnal{Mean: 500, Amplitude: 0.6, Period: 2 * time.Second}
	arrivals, err := workload.Modulated(exponential(time.Second), rate)
	if err != nil {
		t.Fatal(err)
	}
	source := Source{Arrivals: arrivals}
	many := tandem(source, []Resource{unshared()}, Pool{Steps: []Step{on(0, 0, one(exponential(2*time.Millisecond)))}})
	inside := func(w *Window) float64 { return w.Inside }
	agree(t, "number inside", observe(t, many, 128*time.Second, inside), 1, 0.02)
	single := observe(t, queue(1, source, exponential(time.Millisecond)), 128*time.Second, meanMs)
	for _, ms := range single {
		if ms <= oracle.MM1Sojourn(0.5, 1) {
			t.Errorf("%v ms on average, not more than at a constant rate", ms)
		}
	}
}
