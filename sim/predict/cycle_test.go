package predict

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"vsim/sim/engine"
	"vsim/sim/engine/random"
)

// rush is a cycle of 24 minutes, the first of them above what a queue of 1000/s can serve.
func rush() engine.Source {
	return pieces(piece{time.Minute, 1200}, piece{23 * time.Minute, 200})
}

// TestRushAtTheStart: where events do not suffice for a cycle, overload at its beginning is part of what was seen, not of a warm-up.
func TestRushAtTheStart(t *testing.T) {
	p := run(t, queue(1, rush()), Options{MaxEvents: 3_000_000})
	if p.LatencyS.P99.Low < 1 || p.History.Warmup != 0 {
		t.Errorf("p99 %v s, warm-up of %d blocks; 12,000 requests were left over after the first minute", p.LatencyS.P99, p.History.Warmup)
	}
	if len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0], "figures are of that part of it, from its start; run.max_events = ") {
		t.Errorf("warnings %q", p.Warnings)
	}
	if first, last := p.Series[0], p.Series[len(p.Series)-1]; first.LatencyMeanS < 0.5 || last.LatencyMeanS > 0.01 || first.OfferedRPS < 1000 || last.OfferedRPS > 250 {
		t.Errorf("from %+v to %+v", first, last)
	}
	if w := p.WhatIf; w.LatencyGain.Value < 0.99 || math.Abs(w.ThroughputGain.Value) > 0.01 || w.AtPeak {
		t.Errorf("a server twice as fast has no rush: %+v", w)
	}
}

// TestSeriesInJSON: stretches without a request have no latency, and cycles that are shorter than a stretch are no series.
func TestSeriesInJSON(t *testing.T) {
	p := run(t, queue(1, pieces(piece{10 * time.Second, 100}, piece{10 * time.Second, 0})), Options{NoWhatIf: true, P99Goal: 0.2, ThroughputGoal: 0.2, MaxEvents: 30_000})
	text, err := json.Marshal(p.Series)
	if err != nil || !strings.Contains(string(text), `"throughput_rps":0,"inside":0,"latency_mean_s":null,"latency_p99_s":null,"utilization":[0]}`) {
		t.Errorf("%s %v", text, err)
	}
	var back []Stretch
	if err := json.Unmarshal(text, &back); err != nil || len(back) != len(p.Series) {
		t.Errorf("%d of %d stretches come back; %v", len(back), len(p.Series), err)
	}
	if p := run(t, queue(1, daily(300, 10*time.Millisecond, 0)), Options{NoWhatIf: true, P99Goal: 0.2}); p.Series != nil {
		t.Errorf("%d stretches of %v s", len(p.Series), p.History.BlockS)
	}
}

// TestRushInLongerRuns: neither the cycle that is cut off a longer run nor an early look at what would help hides it.
func TestRushInLongerRuns(t *testing.T) {
	notUnderRace(t)
	for _, events := range []int64{6_500_000, 8_000_000, 20_000_000} {
		p := run(t, queue(1, rush()), Options{MaxEvents: events, P99Goal: 0.1})
		if p.LatencyS.P99.Low < 1 || !within3(p.ThroughputRPS, (1200+23*200)/24.) {
			t.Errorf("%d events: p99 %v s, %v requests/s", events, p.LatencyS.P99, p.ThroughputRPS)
		}
		if w := p.WhatIf; w.LatencyGain.Value < 0.99 {
			t.Errorf("%d events: a server twice as fast has no rush: %+v", events, w)
		}
	}
}

// TestVerdictWithFewEvents: that events run out does not make a backlog of a server that plainly keeps up, but nothing is claimed of one
// that was hardly seen, or may not keep up.
func TestVerdictWithFewEvents(t *testing.T) {
	shared := queue(0, poisson(1030)) // nobody waits: all share
	shared.Resources[0].Capacity = 1
	for _, c := range []struct {
		what    string
		sys     *engine.System
		p99Goal float64
		events  int64
		want    Verdict
	}{
		{"load 0.3", queue(1, poisson(300)), 0.005, 400_000, Stable},
		{"load 0.3, hardly seen", queue(1, poisson(300)), 0.005, 20_000, Backlogged},
		{"load 0.6, waiting", queue(1, poisson(600)), 0.005, 400_000, Backlogged},
		{"load 1.03, all in service", shared, 0.005, 400_000, Backlogged},
		{"part of a cycle", queue(1, daily(300, time.Hour, 0)), 0.005, 400_000, Backlogged},
		{"a cycle by its moments", queue(1, daily(200, 24*time.Hour, 0)), 0.05, 3_000_000, Stable},
		{"more than a cycle", queue(1, daily(100, time.Second, 0)), 0.005, 400_000, Stable},
	} {
		p := run(t, c.sys, Options{NoWhatIf: true, ThroughputGoal: 0.01, P99Goal: c.p99Goal, MaxEvents: c.events})
		if p.Verdict != c.want || len(p.Warnings) == 0 {
			t.Errorf("%s: %q, %v of the time waiting, warnings %q, notes %q", c.what, p.Verdict, p.WaitShare.Value, p.Warnings, p.Notes)
		}
	}
}

// TestPortionsStayWithin: a cycle is simulated whole only where the events that there may be suffice, also for light hours, in which batches are
// small and a request takes more events.
func TestPortionsStayWithin(t *testing.T) {
	notUnderRace(t)
	sys := queue(1, daily(1500, time.Hour, 15*time.Minute))
	sys.Pools[0].Batch.Max, sys.Pools[0].Steps[0].Service.At[0] = 16, nil
	for n := range 16 { // a batch of 16 takes 4 ms: 4000/s
		at := &sys.Pools[0].Steps[0].Service.At[0]
		*at = append(*at, must(random.Exponential(1e6*(1+0.2*float64(n)))))
	}
	whole := false
	for events := int64(7_000_000); events <= 16_000_000 && !whole; events += 1_000_000 {
		p := run(t, sys, Options{NoWhatIf: true, P99Goal: 0.2, MaxEvents: events})
		if p.Run.Events > events {
			t.Errorf("%d events of %d; %q", p.Run.Events, events, p.Notes)
		}
		whole = len(p.Notes) > 0 && strings.Contains(p.Notes[0], "simulated whole")
	}
	if !whole {
		t.Error("never whole")
	}
}

// TestEventsOfMomentsCount: what was simulated of the peak is counted and taken from the events that there may be, also where it is of no use.
func TestEventsOfMomentsCount(t *testing.T) {
	const most = 3_000_000
	s, err := newStudy(queue(1, rush()), bare(queue(1, rush())), Options{MaxEvents: most}.withDefaults(queue(1, rush())))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.simulate(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	all := int64(0)
	for _, r := range s.runs {
		all += r.Events()
	}
	if aside := s.events() - all; !s.unsampled || aside == 0 || s.events() > most {
		t.Errorf("%d events of %d, %d of them aside", s.events(), most, aside)
	}
}
