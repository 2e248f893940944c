package random

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// draws counts what a counter draws.
func draws(t *testing.T, values []int, weights []float64, n int) map[int]int {
	t.Helper()
	c, err := NewCounter(values, weights)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]int{}
	for s := NewStream(7, "counter", 0); n > 0; n-- {
		seen[c.Draw(&s)]++
	}
	return seen
}

// TestCounterDrawsItsWeights: Pearson's chi-square of the draws lies below its quantile of 1 - 1e-4, and nothing
// else is drawn.
func TestCounterDrawsItsWeights(t *testing.T) {
	const n = 200_000
	for name, c := range map[string]struct {
		values  []int
		weights []float64
	}{
		"adjacent":           {[]int{3, 4, 5, 6, 7, 8, 9}, []float64{1, 2, 3, 4, 3, 2, 1}},
		"two, far apart":     {[]int{1, 100}, []float64{0.5, 0.5}},
		"far apart, unequal": {[]int{1, 1000}, []float64{90, 10}},
		"faces.toml":         {[]int{0, 1, 2, 10}, []float64{0.2, 0.4, 0.3, 0.1}},
		"not in order":       {[]int{9, 0, 4}, []float64{1, 5, 2}},
		"one is rare":        {[]int{0, 1, 1 << 30}, []float64{1, 1, 1e-3}},
		"one weighs nothing": {[]int{1, 2, 3}, []float64{1, 0, 1}},
		"a value twice":      {[]int{1, 2, 1}, []float64{1, 2, 1}},
	} {
		share, total := map[int]float64{}, 0.0
		for i, w := range c.weights {
			share[c.values[i]] += w
			total += w
		}
		seen, chi2, cells := draws(t, c.values, c.weights, n), 0.0, -1
		for v := range seen {
			if share[v] == 0 {
				t.Errorf("%s: %d is drawn %d times", name, v, seen[v])
			}
		}
		for v, w := range share {
			if expected := n * w / total; expected > 0 {
				chi2 += math.Pow(float64(seen[v])-expected, 2) / expected
				cells++
			}
		}
		if limit := (distuv.ChiSquared{K: float64(cells)}).Quantile(1 - 1e-4); chi2 > limit {
			t.Errorf("%s: chi-square %.1f of %d degrees of freedom, at most %.1f: drawn %v", name, chi2, cells, limit, seen)
		}
	}
}

func TestCounterOfOneValue(t *testing.T) {
	if seen := draws(t, []int{25}, []float64{0.3}, 1000); seen[25] != 1000 {
		t.Errorf("drawn %v", seen)
	}
}

// TestCounterIsExact looks at where one value ends and the next begins: to the last bit of the uniform number.
func TestCounterIsExact(t *testing.T) {
	c, err := NewCounter([]int{10, 0, 1, 2}, []float64{1, 2, 4, 3})
	if err != nil {
		t.Fatal(err)
	}
	if c.Min() != 0 || math.Abs(c.Mean()-2) > 1e-14 {
		t.Errorf("least %d, mean %v", c.Min(), c.Mean())
	}
	for i, p := range []float64{0.2, 0.6, 0.9, 1} {
		if got := float64(c.upTo[i]) / (1 << 53); math.Abs(got-p) > 0x1p-53 {
			t.Errorf("values up to %d have probability %v, want %v", c.values[i], got, p)
		}
	}
}

// TestCounterIsMonotone: larger uniform numbers give larger counts, so that common random numbers stay aligned.
func TestCounterIsMonotone(t *testing.T) {
	c, err := NewCounter([]int{5, 1, 100}, []float64{1, 1, 1})
	if err != nil {
		t.Fatal(err)
	}
	a, b := NewStream(3, "counter", 1), NewStream(3, "counter", 1)
	for range 10_000 {
		u, got := a.Float64(), c.Draw(&b)
		if want := []int{1, 5, 100}[int(u*3)]; got != want {
			t.Fatalf("%v gives %d, want %d", u, got, want)
		}
	}
}

func TestCounterRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		values  []int
		weights []float64
	}{
		"nothing":            {nil, nil},
		"a weight is left":   {[]int{1}, []float64{1, 2}},
		"a negative value":   {[]int{-1}, []float64{1}},
		"a negative weight":  {[]int{1, 2}, []float64{2, -1}},
		"no weight":          {[]int{1, 2}, []float64{0, 0}},
		"an infinite weight": {[]int{1, 2}, []float64{1, math.Inf(1)}},
		"not a number":       {[]int{1, 2}, []float64{1, math.NaN()}},
	} {
		if got, err := NewCounter(c.values, c.weights); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
