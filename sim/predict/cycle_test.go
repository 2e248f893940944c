package predict

import (
	"math"
	"strings"
	"testing"
	"time"

	"vsim/sim/engine"
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
	if w := p.WhatIf; w.LatencyGain.Value < 0.99 || math.Abs(w.ThroughputGain.Value) > 0.01 {
		t.Errorf("a server twice as fast has no rush: %+v", w)
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
