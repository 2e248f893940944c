package predict

import (
	"math"
	"testing"
)

// TestAllow: every number's interval reaches so many times as far as the same number of the other prediction may be away.
func TestAllow(t *testing.T) {
	with := func(busy float64) *Prediction {
		e := Estimate{Value: busy, Low: busy, High: busy}
		return &Prediction{ThroughputRPS: e, LatencyS: Latency{P99: e}, Stages: []Stage{{Name: "s", Utilization: e}}, PI: &PI{ThroughputRPS: Spread{Low: busy, High: busy}}}
	}
	p := with(0.5)
	if differs := p.Allow(2, with(0.6)); math.Abs(differs-0.2) > 1e-12 {
		t.Errorf("differs by %v, want 0.2", differs)
	}
	for name, e := range map[string]Estimate{"throughput": p.ThroughputRPS, "p99": p.LatencyS.P99, "utilization": p.Stages[0].Utilization} {
		if e.Value != 0.5 || math.Abs(e.High-0.7) > 1e-12 || math.Abs(e.Low-0.5/1.4) > 1e-12 {
			t.Errorf("%s: %v", name, e)
		}
	}
	if run := p.PI.ThroughputRPS; run.Low > p.ThroughputRPS.Low || run.High < p.ThroughputRPS.High {
		t.Errorf("one run %v to %v", run.Low, run.High)
	}
}
