package stats

import (
	"math"
	"math/rand/v2"
	"slices"
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
		"one": one, "none": none, "no samples": OrderInterval(nil, 0.5, 0.95),
		"no replications": QuantileInterval(nil, 0.5, 0.95), "empty replications": QuantileInterval([]*Histogram{{}}, 0.5, 0.95),
		"no batches": BatchMeans([]float64{1, 2}, 3, 0.95).Interval,
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
	order := coverage(math.Ln10, func(rng *rand.Rand) Interval {
		samples := draw(rng, 200, rng.ExpFloat64)
		slices.Sort(samples)
		return OrderInterval(samples, 0.9, 0.95)
	})
	if order < 0.935 || order > 0.99 { // at least 95 %: a discrete count cannot hit it
		t.Errorf("order-statistics interval covers %.3f, want 0.95 or a little more", order)
	}
}

// By the binomial table for n = 10, p = 1/2: P(N <= 1) = 0.0107, P(N <= 2) =
// 0.0547, so the 95 % interval of the median is from the 2nd to the 9th.
func TestOrderIntervalByHand(t *testing.T) {
	sorted := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	if got := OrderInterval(sorted, 0.5, 0.95); got != (Interval{5, 2, 9}) {
		t.Errorf("got %+v, want 5 from 2 to 9", got)
	}
	if got := OrderInterval(sorted, 0.99, 0.95); !math.IsInf(got.High, 1) || got.Value != 10 {
		t.Errorf("p99 of ten: got %+v, want 10 with no upper end", got)
	}
	if got := OrderInterval(sorted, 0.01, 0.95); !math.IsInf(got.Low, -1) || got.Value != 1 {
		t.Errorf("p1 of ten: got %+v, want 1 with no lower end", got)
	}
}

// autoregressive draws X' = 0.9 X + noise: mean 0, correlated.
func autoregressive(rng *rand.Rand, n int) []float64 {
	values := make([]float64, n)
	x := rng.NormFloat64() / math.Sqrt(1-0.81)
	for i := range values {
		x = 0.9*x + rng.NormFloat64()
		values[i] = x
	}
	return values
}

func TestBatchMeansCoverWhenBatchesAreLong(t *testing.T) {
	long := coverage(0, func(rng *rand.Rand) Interval {
		return BatchMeans(autoregressive(rng, 4000), 10, 0.95).Interval
	})
	if math.Abs(long-0.95) > 0.02 { // three standard errors, and what correlation is left
		t.Errorf("batches of 400 cover %.3f, want 0.95", long)
	}
}

func TestShortBatchesAreCaught(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	values := autoregressive(rng, 4000)
	if b := BatchMeans(values, 400, 0.95); b.Independent || b.Lag1 < 0.3 { // 10 to a batch
		t.Errorf("batches of 10: lag-1 correlation %.3f, independent %v; want it caught", b.Lag1, b.Independent)
	}
	if b := BatchMeans(values, 10, 0.95); !b.Independent {
		t.Errorf("batches of 400: lag-1 correlation %.3f, taken for dependent", b.Lag1)
	}
	if b := BatchMeans([]float64{9, 1, 1, 1, 1}, 2, 0.95); b.Interval.Value != 1 || b.Lag1 != 0 {
		t.Errorf("the remainder is left out at the start: got %+v", b)
	}
}

// mserByDefinition is the formula, term by term.
func mserByDefinition(y []float64) int {
	best, drop := math.Inf(1), 0
	for d := 0; d <= len(y)/2; d++ {
		kept := y[d:]
		mean, squares := 0.0, 0.0
		for _, v := range kept {
			mean += v / float64(len(kept))
		}
		for _, v := range kept {
			squares += (v - mean) * (v - mean)
		}
		if score := squares / float64(len(kept)*len(kept)); score < best*(1-1e-12) {
			best, drop = score, d
		}
	}
	return drop
}

func TestMSERAgainstDefinition(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 5))
		y := make([]float64, 1+rng.IntN(64))
		bias, decay := 20*rng.Float64(), 1+10*rng.Float64()
		for i := range y {
			y[i] = 100 + rng.NormFloat64() - bias*math.Exp(-float64(i)/decay)
		}
		if got, want := MSER(y), mserByDefinition(y); got != want {
			t.Fatalf("seed %d: drops %d, the definition %d", seed, got, want)
		}
	}
}

func TestMSERByHand(t *testing.T) {
	for _, c := range []struct {
		means []float64
		want  int
	}{
		{nil, 0},
		{[]float64{1}, 0},
		{[]float64{5, 5, 5, 5}, 0}, // nothing to gain
		{[]float64{0, 5, 5.1, 4.9, 5, 5.1, 4.9, 5}, 1},
		{[]float64{0, 0, 5, 5, 5, 5, 5, 5}, 2},
		{[]float64{1, 2, 3, 4, 5, 6, 7, 8}, 4}, // never settles: the limit
	} {
		if got := MSER(c.means); got != c.want {
			t.Errorf("%v: drops %d, want %d", c.means, got, c.want)
		}
	}
}
