package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Student's t: NIST/SEMATECH e-Handbook, table 1.3.6.7.2: 2.776 for 4 degrees
// of freedom and 95 %.
func TestMeanIntervalByHand(t *testing.T) {
	i := MeanInterval([]float64{1, 2, 3, 4, 5}, 0.95)
	half := 2.776 * math.Sqrt(2.5/5)
	if i.Value != 3 || math.Abs(i.High-3-half) > 1e-3 || math.Abs(3-i.Low-half) > 1e-3 {
		t.Errorf("got %+v, want 3 +- %g", i, half)
	}
	if got := i.RelativeHalfWidth(); math.Abs(got-half/3) > 1e-3 {
		t.Errorf("relative half width %g, want %g", got, half/3)
	}
}

func TestTooFewValuesBoundNothing(t *testing.T) {
	one := MeanInterval([]float64{7}, 0.95)
	none := MeanInterval(nil, 0.95)
	for what, i := range map[string]Interval{
		"one": one, "none": none,
		"no replications": QuantileInterval(nil, 0.5, 0.95), "empty replications": QuantileInterval([]*Histogram{{}}, 0.5, 0.95),
	} {
		if !math.IsInf(i.Low, -1) || !math.IsInf(i.High, 1) {
			t.Errorf("%s: got %+v, want infinite ends", what, i)
		}
	}
	if one.Value != 7 || !math.IsNaN(none.Value) {
		t.Errorf("values %g and %g, want 7 and NaN", one.Value, none.Value)
	}
}

// coverage returns how often of 2000 times an interval holds the truth. At a
// nominal 95 % the standard error of that is 0.5 %.
func coverage(truth float64, interval func(*rand.Rand) Interval) float64 {
	rng := rand.New(rand.NewPCG(17, 1))
	inside := 0
	for range 2000 {
		if i := interval(rng); i.Low <= truth && truth <= i.High {
			inside++
		}
	}
	return float64(inside) / 2000
}

func TestIntervalsCover(t *testing.T) {
	draw := func(rng *rand.Rand, n int, f func() float64) []float64 {
		values := make([]float64, n)
		for i := range values {
			values[i] = f()
		}
		return values
	}
	mean := coverage(5, func(rng *rand.Rand) Interval {
		return MeanInterval(draw(rng, 8, func() float64 { return 5 + rng.NormFloat64() }), 0.95)
	})
	if math.Abs(mean-0.95) > 0.015 { // three standard errors
		t.Errorf("mean interval covers %.3f, want 0.95", mean)
	}
	quantile := coverage(1e6*math.Ln10, func(rng *rand.Rand) Interval { // p90 of exponentials
		replications := make([]*Histogram, 8)
		for i := range replications {
			replications[i] = &Histogram{}
			for range 400 {
				replications[i].Record(int64(1e6 * rng.ExpFloat64()))
			}
		}
		return QuantileInterval(replications, 0.9, 0.95)
	})
	if math.Abs(quantile-0.95) > 0.015 {
		t.Errorf("quantile interval covers %.3f, want 0.95", quantile)
	}
}
