package predict

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"vsim/sim/engine"
	"vsim/sim/engine/workload"
)

// ofADay is the mean over the requests of a day of something that depends on the load of a queue of 1000/s, where the rate swings as
// a sine: an integral over the day.
func ofADay(mean, amplitude float64, of func(load float64) float64) float64 {
	sum, weight := 0.0, 0.0
	for i := range 10_000 {
		rate := mean * (1 + amplitude*math.Sin(2*math.Pi*float64(i)/10_000))
		sum += rate * of(rate/1000)
		weight += rate
	}
	return sum / weight
}

// checkDay compares a prediction of a queue of 1000/s at 400/s, which swings by 0.9, with the truth about the day, and gives the mean latency.
func checkDay(t *testing.T, p *Prediction) (mean float64) {
	t.Helper()
	mean = ofADay(400, 0.9, func(load float64) float64 { return 1e-3 / (1 - load) })
	if !within3(p.ThroughputRPS, 400) || !within3(p.LatencyS.Mean, mean) || !within3(p.Stages[0].Utilization, 0.4) {
		t.Errorf("%v requests/s after %v s, busy %v; in truth 400 after %v, busy 0.4", p.ThroughputRPS, p.LatencyS.Mean, p.Stages[0].Utilization, mean)
	}
	late := ofADay(400, 0.9, func(load float64) float64 { return math.Exp(-p.LatencyS.P99.Value * 1000 * (1 - load)) })
	if late < 0.009 || late > 0.011 {
		t.Errorf("%.4f of all requests take longer than the p99 of %v", late, p.LatencyS.P99)
	}
	return mean
}

// TestWholeDays: a day of which no part of the events allowed would simulate an hour is simulated all the same, and what is said is true
// of the whole of it.
func TestWholeDays(t *testing.T) {
	notUnderRace(t)
	sys := queue(1, daily(400, 24*time.Hour, 6*time.Hour))
	p := run(t, sys, Options{P99Goal: 0.1, MaxEvents: 100_000_000})
	if p.Verdict == Overloaded || len(p.Warnings) > 0 || len(p.Notes) != 1 {
		t.Errorf("%q, warnings %q, notes %q", p.Verdict, p.Warnings, p.Notes)
	}
	if p.Run.Events > 200_000_000 {
		t.Errorf("%d events", p.Run.Events)
	}
	checkDay(t, p)
	if p.WhatIf == nil || p.WhatIf.LatencyGain.Value < 0.5 || !p.WhatIf.AtPeak {
		t.Errorf("what would help at the peak: %+v", p.WhatIf)
	}
}

// TestCyclesInPortions: where events suffice for all of a cycle once, all of its requests are simulated, and what is said is true of the whole of it.
func TestCyclesInPortions(t *testing.T) {
	const all = 400 * 3600
	sys := queue(1, daily(400, time.Hour, 6*time.Minute))
	few := run(t, sys, Options{NoWhatIf: true, P99Goal: 0.2, MaxEvents: 2_500_000})
	var enough int64
	if _, err := fmt.Sscanf(few.Notes[0][strings.Index(few.Notes[0], "run.max_events"):], "run.max_events = %d.", &enough); err != nil {
		t.Fatalf("%v in %q", err, few.Notes)
	}
	p := run(t, sys, Options{NoWhatIf: true, P99Goal: 0.1, MaxEvents: enough, Rounds: true})
	if p.Verdict == Overloaded || len(p.Warnings) > 0 || len(p.Notes) != 1 || !strings.Contains(p.Notes[0], "simulated whole") || p.Run.Events > enough {
		t.Errorf("%q, warnings %q, notes %q, %d of %d events", p.Verdict, p.Warnings, p.Notes, p.Run.Events, enough)
	}
	if n := p.Latencies.Count(); math.Abs(float64(n-all)) > 4*math.Sqrt(all) {
		t.Errorf("%d requests, want about %d", n, all)
	}
	mean := checkDay(t, p)
	if last := p.Rounds[len(p.Rounds)-1]; last.End != time.Hour || len(last.Replications) != p.Run.Replications || math.Abs(last.Replications[0].MeanS-mean) > 0.1*mean {
		t.Errorf("the last round, with which another prediction is compared, is not of the cycle: %+v", last)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if alone := run(t, sys, Options{NoWhatIf: true, P99Goal: 0.1, MaxEvents: enough}); alone.LatencyS != p.LatencyS || alone.Run.Events != p.Run.Events {
		t.Errorf("on one core: %v after %d events, want %v after %d", alone.LatencyS, alone.Run.Events, p.LatencyS, p.Run.Events)
	}
}

// TestNothingForgetsRequestsInside: blocks that are independent of each other do not make a system forget in less time than requests
// are inside. A queue that is full at the peak was cut into portions that warmed up for a hundredth of that, and all of them were empty.
func TestNothingForgetsRequestsInside(t *testing.T) {
	sys := queue(1, poisson(1500))
	sys.Pools[0].Batch.Queues = []engine.Queue{{Limit: 30}}
	for seed := range uint64(10) {
		sys.Seed = seed
		s, err := newStudy(sys, bare(sys), Options{MaxEvents: 100_000}.withDefaults(sys))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.simulate(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
		if s.quick(10*time.Millisecond) || !s.quick(10*time.Second) {
			t.Errorf("seed %d: little is left of a latency of 29 ms after 10 ms: %v; after 10 s: %v", seed, s.quick(10*time.Millisecond), s.quick(10*time.Second))
		}
	}
}

// TestHistoryOfADay: it is that of the whole day, whether that was simulated in portions or by its moments.
func TestHistoryOfADay(t *testing.T) {
	for _, events := range []int64{2_500_000, 5_000_000} {
		p := run(t, queue(1, daily(400, time.Hour, 0)), Options{NoWhatIf: true, P99Goal: 0.1, MaxEvents: events})
		h := p.History
		n := h.Blocks()
		if !h.Cycle || h.Warmup != 0 || n < fewMoments || n > mostBlocks || math.Abs(h.BlockS*float64(n)-3600) > 1e-6 {
			t.Fatalf("%+v", h)
		}
		for i := range n {
			rate := 400 * (1 + 0.9*math.Sin(2*math.Pi*(float64(i)+0.5)/float64(n)))
			if math.Abs(h.ThroughputRPS[i]-rate) > 0.15*rate+5 || math.Abs(h.Busy[0][i]-rate/1000) > 0.00015*rate+0.005 {
				t.Errorf("%d events, block %d of %d: %v requests/s, busy %v; want %v", events, i, n, h.ThroughputRPS[i], h.Busy[0][i], rate)
			}
			mean := 1 / (1000 - rate) // s, of M/M/1, whose latencies are exponential
			s := &p.Series[i]
			if got := float64(s.LatencyMeanS); math.Abs(got-mean) > 0.1*mean || math.Abs(float64(s.LatencyP99S)-math.Log(100)*mean) > 0.25*math.Log(100)*mean {
				t.Errorf("%d events, block %d of %d: a latency of %v s, p99 %v; want %v and %v", events, i, n, got, s.LatencyP99S, mean, math.Log(100)*mean)
			}
			if s.BeginS != h.BlockS*float64(i) || s.OfferedRPS != h.OfferedRPS[i] || math.Abs(s.OfferedRPS-rate) > 0.15*rate+5 || s.Utilization[0] != h.Busy[0][i] {
				t.Errorf("%d events, block %d: %+v, of which history has %v requests/s, busy %v", events, i, *s, h.OfferedRPS[i], h.Busy[0][i])
			}
		}
	}
}

// TestNightsWithoutTraffic: hours in which nothing arrives count, in what machines are busy and draw.
func TestNightsWithoutTraffic(t *testing.T) {
	notUnderRace(t)
	sys := queue(1, nightly(600))
	sys.Resources[0].IdleWatts = 10
	p := run(t, sys, Options{NoWhatIf: true, P99Goal: 0.2, ThroughputGoal: 0.05, MaxEvents: 20_000_000})
	if !within3(p.ThroughputRPS, 150) || !within3(p.Stages[0].Utilization, 0.15) {
		t.Errorf("%v requests/s, busy %v", p.ThroughputRPS, p.Stages[0].Utilization)
	}
	if e := p.EnergyJ.Other; math.Abs(e.Value-10./150) > 0.01*10./150 && !math.IsNaN(e.Value) {
		t.Errorf("%v J a request, want 10 W over 150 requests/s", e)
	}
}

// TestDaysWithFewEvents: where events do not suffice for all moments to settle, each gets its part, and the day is still all of the day.
func TestDaysWithFewEvents(t *testing.T) {
	for events, goal := range map[int64]float64{3_000_000: 0.1, 5_000_000: 0.05} {
		p := run(t, queue(1, daily(400, 24*time.Hour, 0)), Options{NoWhatIf: true, P99Goal: goal, MaxEvents: events})
		if len(p.Notes) != 1 || math.Abs(p.ThroughputRPS.Value-400) > 1 {
			t.Errorf("%d events: %v requests/s of 400; notes %q, warnings %q", events, p.ThroughputRPS, p.Notes, p.Warnings)
		}
	}
}

// nightly is traffic at a rate for six hours of a day, and none for the rest.
func nightly(rate float64) engine.Source {
	return pieces(
		piece{6 * time.Hour, rate},
		piece{18 * time.Hour, 0},
	)
}

// TestPeaksThatOverload: what is left over at a peak of hours goes on being there, and moments alone would not show it.
func TestPeaksThatOverload(t *testing.T) {
	p := run(t, queue(1, daily(600, 24*time.Hour, 0)), Options{NoWhatIf: true, MaxEvents: 2_000_000})
	if len(p.Notes) > 0 || len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0], "traffic that repeats itself every 24h0m0s") {
		t.Errorf("notes %q, warnings %q", p.Notes, p.Warnings)
	}
}

type piece struct {
	span time.Duration
	rate float64
}

// pieces is Poisson traffic whose rate is one after the other.
func pieces(list ...piece) engine.Source {
	var s workload.Schedule
	for _, p := range list {
		s.Pieces = append(s.Pieces, workload.Piece{Span: p.span, From: p.rate, To: p.rate})
	}
	a, err := workload.Modulated(exponentialMs, s)
	if err != nil {
		panic(err)
	}
	return engine.Source{Arrivals: a}
}
