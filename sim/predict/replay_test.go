package predict

import (
	"math"
	"testing"
	"time"

	"vsim/sim/engine"
	"vsim/sim/engine/random"
)

// Runs with the same traffic differ from a live run, here another run of the engine, by their service times alone: far less than
// runs with traffic of their own do.
func TestReplayHasTheTrafficOfTheRun(t *testing.T) {
	const span = 20 * time.Second
	sys := queue(1, engine.Source{Gap: must(random.Exponential(1e6 / 0.85))})
	near, far := 0.0, 0.0
	for seed := uint64(1); seed <= 20; seed++ {
		live := *sys
		live.Seed, live.TrafficSeed = 1000+seed, seed
		way := plan{warmUp: warmUp(span), span: span, events: defaultEvents}
		_, w, err := way.simulate(&live, 0)
		if err != nil {
			t.Fatal(err)
		}
		same, err := Replay(t.Context(), sys, seed, span)
		if err != nil {
			t.Fatal(err)
		}
		other, err := Replay(t.Context(), sys, 500+seed, span)
		if err != nil {
			t.Fatal(err)
		}
		near += math.Abs(same.ThroughputRPS - rate(&w))
		far += math.Abs(other.ThroughputRPS - rate(&w))
	}
	if near > far/4 {
		t.Errorf("rates are off by %v a run with the run's own traffic, by %v with other traffic", near/20, far/20)
	}
}

// The seed of the traffic leaves service times alone, and the same seed gives the same arrivals in all replications.
func TestTrafficSeedFixesArrivals(t *testing.T) {
	sys := queue(1, engine.Source{Gap: must(random.Exponential(2e6))})
	sys.TrafficSeed = 7
	var arrived [2]int64
	for i := range arrived {
		r, err := engine.New(sys, i)
		if err != nil {
			t.Fatal(err)
		}
		r.Until(1e10, 1e9, 1e9)
		n, _ := r.Blocks()
		w := r.Since(0)
		arrived[i] = w.Arrived
		if n == 0 || w.Arrived == 0 {
			t.Fatal("nothing arrived")
		}
	}
	if arrived[0] != arrived[1] {
		t.Errorf("%v requests arrived in two replications of one traffic", arrived)
	}
}
