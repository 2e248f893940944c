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
