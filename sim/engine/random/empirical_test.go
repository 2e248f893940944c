package random

import (
	"math"
	"strings"
	"testing"
)

func TestEmpiricalKeepsShapeAndMean(t *testing.T) {
	p := []float64{0, 0.25, 0.5, 0.9, 0.999}
	q := []float64{1e6, 2e6, 2e6, 4e6, 12e6}
	shape := 0.25*1.5 + 0.25*2 + 0.4*3 + 0.099*8 + 0.001*12 // in ms, by trapezoids
	for _, mean := range []float64{shape * 1e6, 3e6} {
		s, err := Empirical(p, q, mean)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(s.Mean()/mean-1) > 1e-6 {
			t.Errorf("mean is %g, want %g", s.Mean(), mean)
		}
		factor := mean / (shape * 1e6)
		for at, want := range map[float64]float64{0: 1e6, 0.1: 1.4e6, 0.4: 2e6, 0.7: 3e6, 0.95: 4e6 + 8e6*0.05/0.099, 0.9995: 12e6, 1: 12e6} {
			if got := s.At(at); math.Abs(got/(want*factor)-1) > 2e-3 {
				t.Errorf("quantile at %g is %g, want %g", at, got, want*factor)
			}
		}
	}
}

func TestEmpiricalOfOneQuantileIsConstant(t *testing.T) {
	s, err := Empirical([]float64{0.5}, []float64{7}, 9)
	if err != nil {
		t.Fatal(err)
	}
	stream := NewStream(1, "one", 0)
	if got := s.Draw(&stream); got != 9 {
		t.Errorf("drew %d, want 9", got)
	}
}

func TestBadEmpiricalIsAnError(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		want string
		p, q []float64
		mean float64
	}{
		{"0 probabilities", nil, nil, 1},
		{"1 probabilities and 2 quantiles", []float64{0}, []float64{1, 2}, 1},
		{"probability 1 is 0.5", []float64{0.5, 0.5}, []float64{1, 2}, 1},
		{"probability 0 is -0.1", []float64{-0.1, 0.5}, []float64{1, 2}, 1},
		{"probability 1 is 1.1", []float64{0, 1.1}, []float64{1, 2}, 1},
		{"probability 0 is NaN", []float64{nan, 1}, []float64{1, 2}, 1},
		{"quantile 1 is 1", []float64{0, 1}, []float64{2, 1}, 1},
		{"quantile 0 is -1", []float64{0, 1}, []float64{-1, 1}, 1},
		{"quantile 1 is NaN", []float64{0, 1}, []float64{1, nan}, 1},
		{"mean is NaN", []float64{0, 1}, []float64{1, 2}, nan},
		{"all quantiles are 0", []float64{0, 1}, []float64{0, 0}, 1},
	} {
		if _, err := Empirical(c.p, c.q, c.mean); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Empirical(%v, %v, %g): got error %v, want one that says %q", c.p, c.q, c.mean, err, c.want)
		}
	}
}

// Whatever goes in, there is an error or a sampler with the asked mean whose
// quantiles do not fall.
func FuzzEmpirical(f *testing.F) {
	f.Add(0.0, 0.5, 1.0, 1e6, 2e6, 3e6, 2e6)
	f.Add(0.0, 1e-300, 1.0, 0.0, 0.0, 1e-300, 1e9)
	f.Fuzz(func(t *testing.T, p0, p1, p2, q0, q1, q2, mean float64) {
		s, err := Empirical([]float64{p0, p1, p2}, []float64{q0, q1, q2}, mean)
		if err != nil {
			return
		}
		if math.Abs(s.Mean()-mean) > 0.51+1e-6*mean {
			t.Errorf("mean is %g, want %g", s.Mean(), mean)
		}
		for i := range nodes - 1 {
			if s.node[i] > s.node[i+1] {
				t.Fatalf("quantiles fall at %g", nodeAt(i))
			}
		}
	})
}

func TestInterpolateAndScaleWorkOnQuantiles(t *testing.T) {
	a, err := Exponential(1e6)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Lognormal(3e6, 0.2)
	if err != nil {
		t.Fatal(err)
	}
	between, err := Interpolate(a, b, 0.25)
	if err != nil {
		t.Fatal(err)
	}
	twice, err := Scale(b, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range []float64{0, 0.001, 0.3, 0.5, 0.99, 1 - 1e-9} {
		if got, want := between.At(u), 0.75*a.At(u)+0.25*b.At(u); math.Abs(got-want) > 0.01 {
			t.Errorf("between at %g: %g, want %g", u, got, want)
		}
		if got, want := twice.At(u), 2*b.At(u); math.Abs(got-want) > 0.01 {
			t.Errorf("twice at %g: %g, want %g", u, got, want)
		}
	}
	if math.Abs(between.Mean()-1.5e6) > 0.1 || math.Abs(twice.Mean()-6e6) > 0.1 {
		t.Errorf("means %g and %g, want 1.5e6 and 6e6", between.Mean(), twice.Mean())
	}
	for _, w := range []float64{-0.1, 1.1, math.NaN()} {
		if _, err := Interpolate(a, b, w); err == nil {
			t.Errorf("Interpolate with weight %g went through", w)
		}
		if _, err := Scale(a, -1-w); err == nil && w > -1 {
			t.Errorf("Scale by %g went through", -1-w)
		}
	}
	if _, err := Scale(a, 1e300); err == nil {
		t.Error("Scale by 1e300 went through")
	}
}
