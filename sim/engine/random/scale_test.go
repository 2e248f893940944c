package random

import (
	"errors"
	"math"
	"testing"
)

// TestScaled: all quantiles and the mean grow by the factor, and draws stay aligned with those of the unscaled one.
func TestScaled(t *testing.T) {
	for _, l := range laws(t) {
		scaled, err := l.sampler.Scaled(1.1)
		if err != nil {
			t.Fatal(err)
		}
		if want := 1.1 * l.sampler.Mean(); math.Abs(scaled.Mean()-want) > 1 {
			t.Errorf("%s: mean %v, want %v", l.name, scaled.Mean(), want)
		}
		for _, u := range []float64{0.001, 0.5, 0.99} {
			if got, want := scaled.At(u), 1.1*l.sampler.At(u); math.Abs(got-want) > 0.1 {
				t.Errorf("%s: quantile %v is %v, want %v", l.name, u, got, want)
			}
		}
	}
}

func TestScaledHasALimit(t *testing.T) {
	long, err := Constant(MaxNs)
	if err != nil {
		t.Fatal(err)
	}
	var limit *LimitError
	if _, err := long.Scaled(2); !errors.As(err, &limit) {
		t.Errorf("twice the longest time gives %v", err)
	}
}

// TestNarrower: the mean stays, and what is taken from the variance is missing from it; more than there is leaves a constant.
func TestNarrower(t *testing.T) {
	moments := func(s *Sampler) (mean, variance float64) {
		const n = 100_000
		squares := 0.0
		for i := range n {
			x := s.At((float64(i) + 0.5) / n)
			mean, squares = mean+x/n, squares+x*x/n
		}
		return mean, squares - mean*mean
	}
	for _, l := range laws(t) {
		mean, variance := moments(l.sampler)
		if mean == 0 {
			continue
		}
		relative := variance / mean / mean
		narrow, err := Narrower(l.sampler, 0.3*relative)
		if err != nil {
			t.Fatal(err)
		}
		if m, v := moments(narrow); math.Abs(m-mean) > 1e-3*mean || math.Abs(v-0.7*variance) > 0.02*variance+1 {
			t.Errorf("%s: mean %v and variance %v, want %v and %v", l.name, m, v, mean, 0.7*variance)
		}
		none, err := Narrower(l.sampler, 2*relative+1)
		if err != nil {
			t.Fatal(err)
		}
		if ns, constant := none.Constant(); !constant || math.Abs(float64(ns)-mean) > 1e-3*mean+1 {
			t.Errorf("%s: %v to %v, want nothing but %v", l.name, none.At(0), none.At(1), mean)
		}
	}
	five, err := Constant(5)
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []float64{-1, math.NaN()} {
		if _, err := Narrower(five, wrong); err == nil {
			t.Errorf("less variance by %v is taken", wrong)
		}
	}
}
