package predict

import (
	"math"
	"testing"
	"time"

	"vsim/sim/engine"
)

// TestOneRunShowsNothingImpossible: with times drawn anew a server may be overloaded. Even so no request of a minute waits for
// longer than it and its warm-up, none is done faster than the fastest, and no more are done than sent.
func TestOneRunShowsNothingImpossible(t *testing.T) {
	const sent = 80
	var fixed, drawn []shown
	for i := range replicates {
		as := float64(i%2) - 0.5
		o := shown{throughput: sent + as, offered: sent + as, fastest: 9e6, mean: 20e6, quantiles: [5]float64{15e6, 30e6, 40e6, 50e6, 60e6}}
		fixed = append(fixed, o)
		if i%4 == 0 {
			o.throughput, o.mean, o.quantiles = 50, 15e9, [5]float64{15e9, 28e9, 29e9, 30e9, 30e9}
		}
		drawn = append(drawn, o)
	}
	s := &study{sys: queue(1, poisson(sent))}
	long := func(v float64) Estimate { return Estimate{Value: v} }
	p := &Prediction{ThroughputRPS: long(sent), LatencyS: Latency{Mean: long(0.02), P50: long(0.015), P90: long(0.03), P95: long(0.04), P99: long(0.05), P999: long(0.06)}}
	pi := s.pi(p, &plan{n: replicates, horizon: time.Minute, warmUp: 6 * time.Second, span: time.Minute, part: 1}, fixed, drawn)
	l := &pi.LatencyS
	for name, s := range map[string]Spread{"mean": l.Mean, "p50": l.P50, "p90": l.P90, "p95": l.P95, "p99": l.P99, "p99.9": l.P999} {
		if math.Abs(s.Low-9e-3) > 1e-9 || s.High != 66 {
			t.Errorf("%s: %v to %v s", name, s.Low, s.High)
		}
	}
	if s := pi.ThroughputRPS; s.High > 82 || s.High < sent+0.5 || s.Low > 50 {
		t.Errorf("%v to %v/s are done of %v/s", s.Low, s.High, sent)
	}
	closed := queue(1, engine.Source{Clients: 4})
	if s := (&study{sys: closed}).pi(p, &plan{n: replicates, horizon: time.Minute, warmUp: 6 * time.Second, span: time.Minute, part: 1}, fixed, drawn).ThroughputRPS; s.High < 85 {
		t.Errorf("clients that wait for their answers send more to a faster server, and yet at most %v/s are done", s.High)
	}
}

// TestAHigherQuantileIsHigher in its interval too.
func TestAHigherQuantileIsHigher(t *testing.T) {
	none := noSpread()
	l := SpreadOfLatency{
		P50: Spread{Low: 1, High: 9}, P90: Spread{Low: 3, High: 7}, P95: Spread{Low: 2, High: 8},
		P99: none, P999: Spread{Low: 1, High: 10},
	}
	l.order()
	for name, pair := range map[string][2]Spread{"p50": {l.P50, {Low: 1, High: 7}}, "p90": {l.P90, {Low: 3, High: 7}}, "p95": {l.P95, {Low: 3, High: 8}}} {
		if got, want := pair[0], pair[1]; got.Low != want.Low || got.High != want.High {
			t.Errorf("%s is from %v to %v, not %v to %v", name, got.Low, got.High, want.Low, want.High)
		}
	}
	if !math.IsNaN(l.P99.Low) || !math.IsNaN(l.P99.High) {
		t.Errorf("p99, of which nothing is known, is from %v to %v", l.P99.Low, l.P99.High)
	}
}

// TestTheModelsErrorKeepsTheLimits, but the fastest request is no surer than the model.
func TestTheModelsErrorKeepsTheLimits(t *testing.T) {
	s := Spread{Low: 0.1, High: 10, scale: logarithmic, center: 0, half: math.Log(10)}
	s.keep(bounds{0.5, 6}, 1)
	if s.Low != 0.5 || s.High != 6 {
		t.Errorf("%v to %v, not 0.5 to 6", s.Low, s.High)
	}
	s.withModel(0.1, 1000)
	if want := 0.5 / math.Exp(0.1*1.962); math.Abs(s.Low-want) > 1e-3 || s.High != 6 {
		t.Errorf("with the model's error %v to %v, not %v to 6", s.Low, s.High, want)
	}
}
