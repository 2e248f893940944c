package predict

import (
	"testing"

	"vsim/sim"
	"vsim/sim/oracle"
)

// TestTwiceTheWorkers: M/M/1 becomes M/M/2, whose latency is known; and clients that never think get twice
// as many answers.
func TestTwiceTheWorkers(t *testing.T) {
	for seed := range uint64(5) {
		sys := queue(1, poisson(800))
		sys.Seed = seed
		w := run(t, sys, Options{}).WhatIf
		want := 1 - (oracle.MMcWait(800, 1000, 2)+1e-3)/oracle.MM1Sojourn(800, 1000)
		if w == nil || w.Change != "twice the queue workers" || !w.LatencyGain.within3(want) || !w.ThroughputGain.within3(0) {
			t.Errorf("seed %d, open: %+v, want a latency gain of %v", seed, w, want)
		}
	}
	w := run(t, queue(4, sim.Source{Clients: 64}), Options{}).WhatIf
	if w == nil || !w.ThroughputGain.within3(1) || !w.LatencyGain.within3(0.5) {
		t.Errorf("closed: %+v, want twice the throughput and half the latency", w)
	}
}

// TestCommonRandomNumbers: arrivals and service times are the same with and without a change, so that the
// interval of the gain is narrower than those of two independent studies together.
func TestCommonRandomNumbers(t *testing.T) {
	p := run(t, queue(1, poisson(800)), Options{})
	half := func(e Estimate) float64 { return (e.CI95[1] - e.CI95[0]) / 2 }
	if apart := half(p.ThroughputRPS) / p.ThroughputRPS.Value; half(p.WhatIf.ThroughputGain) > apart/2 {
		t.Errorf("throughput is known to %.4f, its gain to %.4f", apart, half(p.WhatIf.ThroughputGain))
	}
}

// TestOverloadedWhatIf: with twice the workers four servers keep up with a load of 4.8.
func TestOverloadedWhatIf(t *testing.T) {
	w := run(t, queue(4, poisson(4800)), Options{}).WhatIf
	if w == nil || !w.ThroughputGain.within3(0.2) {
		t.Errorf("%+v, want a throughput gain of 0.2", w)
	}
}

// TestNoWhatIf: without the what-if runs the prediction is the same, made in fewer events.
func TestNoWhatIf(t *testing.T) {
	with, without := run(t, queue(1, poisson(500)), Options{}), run(t, queue(1, poisson(500)), Options{NoWhatIf: true})
	if without.WhatIf != nil || without.AlsoTried != nil || without.Bottleneck != "queue" {
		t.Errorf("%+v, bottleneck %q", without.WhatIf, without.Bottleneck)
	}
	if with.Run.Events <= without.Run.Events || with.Run.Events > 2*without.Run.Events {
		t.Errorf("%d events with what-if runs, %d without", with.Run.Events, without.Run.Events)
	}
	with.WhatIf, with.Run = nil, without.Run
	if a, b := bytes(t, with), bytes(t, without); a != b {
		t.Errorf("what-if runs change the prediction:\n%s\n%s", a, b)
	}
}
