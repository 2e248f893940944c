package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// pairs draws values that are a third explained by controls of mean 10.
func pairs(rng *rand.Rand, n int) (values, controls []float64) {
	for range n {
		c := 10 + 2*rng.NormFloat64()
		controls = append(controls, c)
		values = append(values, 5+0.7*(c-10)+rng.NormFloat64())
	}
	return values, controls
}

func TestControlledIntervalsCover(t *testing.T) {
	got := coverage(5, func(rng *rand.Rand) Interval {
		values, controls := pairs(rng, 8)
		return ControlledInterval(values, controls, 10, 0.95)
	})
	if math.Abs(got-0.95) > 0.015 { // three standard errors
		t.Errorf("covers %.3f, want 0.95", got)
	}
}

// What is left of the variance is 1 of 2.96, and 0.58 of the width; of two replications that are lost to
// the slope the rest.
func TestControlsNarrowIntervals(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	with, without := 0.0, 0.0
	for range 1000 {
		values, controls := pairs(rng, 8)
		i, j := ControlledInterval(values, controls, 10, 0.95), MeanInterval(values, 0.95)
		with += i.High - i.Low
		without += j.High - j.Low
	}
	if ratio := with / without; ratio < 0.58 || ratio > 0.7 {
		t.Errorf("intervals are %.2f as wide", ratio)
	}
}

func TestControlThatExplainsAll(t *testing.T) {
	i := ControlledInterval([]float64{3, 5, 7, 11}, []float64{1, 2, 3, 5}, 4, 0.95)
	if math.Abs(i.Value-9) > 1e-12 || i.High-i.Low > 1e-9 {
		t.Errorf("2 x + 1 at 4: got %+v", i)
	}
}

func TestControlsThatSayNothing(t *testing.T) {
	values := []float64{3, 5, 7, 11}
	if got := ControlledInterval(values, []float64{2, 2, 2, 2}, 2, 0.95); got != MeanInterval(values, 0.95) {
		t.Errorf("constant controls: got %+v", got)
	}
	if got := ControlledInterval(values[:3], []float64{1, 2, 4}, 2, 0.95); got != MeanInterval(values[:3], 0.95) {
		t.Errorf("three pairs: got %+v", got)
	}
}
