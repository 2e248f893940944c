package predict

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/stat"

	"vsim/sim/engine"
)

// TestHistory: after the warm-up, the blocks of the first replication have the means that it shows as a whole.
func TestHistory(t *testing.T) {
	sys := queue(1, poisson(700))
	sys.Resources[0].Capacity = 2
	s, err := newStudy(sys, bare(sys), Options{P99Goal: 0.5, ThroughputGoal: 0.5}.withDefaults(sys))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.simulate(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	h, w := s.prediction().History, &s.windows[0]
	if h.Blocks() < 32 || h.Warmup != s.warmup(s.runs[0]) || h.Warmup == 0 {
		t.Fatalf("%d blocks, %d of them warm-up", h.Blocks(), h.Warmup)
	}
	for what, c := range map[string]struct {
		blocks []float64
		want   float64
	}{"throughput": {h.ThroughputRPS, rate(w)}, "offered": {h.OfferedRPS, float64(w.Arrived) / w.Span.Seconds()}, "inside": {h.Inside, w.Inside}, "busy": {h.Busy[0], w.Busy[0]}} {
		if got := stat.Mean(c.blocks[h.Warmup:], nil); math.Abs(got-c.want) > 1e-9*c.want || got == 0 {
			t.Errorf("%s: the blocks' mean is %v, the window's %v", what, got, c.want)
		}
	}
	if got, want := stat.Mean(h.LatencyMeanS[h.Warmup:], h.ThroughputRPS[h.Warmup:]), w.Latency.Mean()*1e-9; math.Abs(got-want) > 1e-9*want {
		t.Errorf("latency: the mean over the blocks' requests is %v s, the window's %v", got, want)
	}
	if h.series(sys) != nil {
		t.Error("Poisson traffic follows no clock")
	}
	if all := stat.Mean(h.Busy[0], nil); all == w.Busy[0] {
		t.Error("the warm-up does not show")
	}
}

// TestHistoryEnds: that of traffic that ends does so when the last request has left.
func TestHistoryEnds(t *testing.T) {
	sys := queue(1, engine.Source{Arrivals: make(recorded, 10)})
	p := run(t, sys, Options{NoPI: true, NoWhatIf: true})
	h := p.History
	if h.Warmup != 0 || h.Inside[h.Blocks()-1] == 0 {
		t.Errorf("%d blocks of warm-up; inside in the last: %v", h.Warmup, h.Inside[h.Blocks()-1])
	}
}
