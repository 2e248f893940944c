package predict

import (
	"context"
	"math"
	"testing"
	"time"

	"vsim/sim/engine"
	"vsim/sim/engine/event"
	"vsim/sim/engine/oracle"
)

// TestTwiceTheWorkers: M/M/1 becomes M/M/2, whose latency is known; and clients that never think get twice
// as many answers.
func TestTwiceTheWorkers(t *testing.T) {
	notUnderRace(t)
	for seed := range uint64(3) {
		sys := queue(1, poisson(600))
		sys.Seed = seed
		w := run(t, sys, Options{}).WhatIf
		want := 1 - (oracle.MMcWait(600, 1000, 2)+1e-3)/oracle.MM1Sojourn(600, 1000)
		if w == nil || w.Change != "twice the queue workers" || !within3(w.LatencyGain, want) || !within3(w.ThroughputGain, 0) {
			t.Errorf("seed %d, open: %+v, want a latency gain of %v", seed, w, want)
		}
	}
	w := run(t, queue(4, engine.Source{Clients: 64}), Options{}).WhatIf
	if w == nil || !within3(w.ThroughputGain, 1) || !within3(w.LatencyGain, 0.5) {
		t.Errorf("closed: %+v, want twice the throughput and half the latency", w)
	}
}

// TestTwiceAsFast: M/M/1 on a device twice as fast is M/M/1 at half the load. Of two devices one after the
// other, the one that limits is found, and the gain of the other is told.
func TestTwiceAsFast(t *testing.T) {
	notUnderRace(t)
	sys := queue(1, poisson(800))
	sys.Resources[0] = engine.Resource{Name: "gpu", Capacity: 1, Kinds: []engine.Kind{{Name: "work"}}}
	p := run(t, sys, Options{})
	if want := 1 - oracle.MM1Sojourn(800, 2000)/oracle.MM1Sojourn(800, 1000); p.Bottleneck != "gpu" || p.WhatIf.Change != "gpu twice as fast" || !within3(p.WhatIf.LatencyGain, want) {
		t.Errorf("bottleneck %q, %+v, want a latency gain of %v", p.Bottleneck, p.WhatIf, want)
	}
	sys.Source = engine.Source{Clients: 20}
	sys.Resources = append(sys.Resources, engine.Resource{Name: "cpu", Capacity: 2, Kinds: []engine.Kind{{Name: "work"}}})
	sys.Pools = append(sys.Pools, sys.Pools[0])
	sys.Pools[1].Name, sys.Pools[1].Workers = "after", 4
	sys.Pools[1].Steps = []engine.Step{{Name: "work", Resource: []int{1}, Service: sys.Pools[0].Steps[0].Service}}
	sys.Route = append(sys.Route, engine.Node{Pools: []int{1}})
	p = run(t, sys, Options{})
	before := oracle.ClosedNetwork([]oracle.Center{{Demand: 1e-3, Servers: 1}, {Demand: 1e-3, Servers: 2}}, 20).Throughput
	after := oracle.ClosedNetwork([]oracle.Center{{Demand: 0.5e-3, Servers: 1}, {Demand: 1e-3, Servers: 2}}, 20).Throughput
	if p.Bottleneck != "gpu" || len(p.AlsoTried) != 1 || p.AlsoTried[0].Change != "cpu twice as fast" {
		t.Fatalf("bottleneck %q, %+v, %+v", p.Bottleneck, p.WhatIf, p.AlsoTried)
	}
	// 4 workers on 2 cores are processor sharing among four; with 20 clients the network is nearly that of
	// two servers.
	if gain := p.WhatIf.ThroughputGain; math.Abs(gain.Value-(after/before-1)) > 0.03 || p.AlsoTried[0].ThroughputGain.Value > 0.03 {
		t.Errorf("gains of %v and %v, want %v and little", gain, p.AlsoTried[0].ThroughputGain, after/before-1)
	}
}

// TestCommonRandomNumbers: arrivals and service times are the same with and without a change, which makes
// a gain's interval much narrower than another seed's numbers do.
func TestCommonRandomNumbers(t *testing.T) {
	observe := func(workers int, seed uint64) (*study, *round) {
		sys := queue(workers, poisson(800))
		sys.Seed = seed
		s, err := newStudy(sys, bare(sys), Options{}.withDefaults(sys))
		if err != nil {
			t.Fatal(err)
		}
		if reached, err := s.advance(context.Background(), event.Time(20*time.Second)); err != nil || !reached {
			t.Fatal(reached, err)
		}
		s.look()
		s.remember(0)
		return s, s.last()
	}
	before, one := observe(1, 1)
	_, two := observe(2, 1)
	_, other := observe(2, 2)
	same, apart := before.compare(&candidate{}, one, two), before.compare(&candidate{}, one, other)
	width := func(e Estimate) float64 { return e.High - e.Low }
	if width(same.ThroughputGain) > width(apart.ThroughputGain)/5 || width(same.LatencyGain) > width(apart.LatencyGain) {
		t.Errorf("the same numbers: %+v, others: %+v", same, apart)
	}
}

// TestOverloadedWhatIf: with twice the workers four servers keep up with a load of 4.8.
func TestOverloadedWhatIf(t *testing.T) {
	w := run(t, queue(4, poisson(4800)), Options{}).WhatIf
	if w == nil || !within3(w.ThroughputGain, 0.2) {
		t.Errorf("%+v, want a throughput gain of 0.2", w)
	}
}

// TestWorkersOnAnIdleResource: one worker on twelve cores is the limit, whatever faster ones would gain, where a second
// one helps; a single client has no use for it.
func TestWorkersOnAnIdleResource(t *testing.T) {
	for _, c := range []struct {
		source engine.Source
		want   string
	}{
		{engine.Source{Clients: 8}, "queue workers"}, {poisson(900), "queue workers"}, {poisson(500), "queue workers"}, {poisson(1500), "queue workers"},
		{engine.Source{Clients: 1}, "server"},
	} {
		sys := queue(1, c.source)
		sys.Resources[0].Capacity = 12
		p := run(t, sys, Options{MaxEvents: 2_000_000})
		if p.Bottleneck != c.want || p.WhatIf.Key != p.BottleneckCause.Key || len(p.AlsoTried) != 1 {
			t.Errorf("%+v: bottleneck %q, %+v, %+v; want %s", c.source, p.Bottleneck, p.WhatIf, p.AlsoTried, c.want)
		}
	}
}

// TestNoWhatIf: without the what-if runs the prediction is the same, made in fewer events.
func TestNoWhatIf(t *testing.T) {
	with, without := run(t, queue(1, poisson(500)), Options{NoPI: true}), run(t, queue(1, poisson(500)), Options{NoWhatIf: true, NoPI: true})
	if without.WhatIf != nil || without.AlsoTried != nil || without.Bottleneck != "queue workers" {
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
