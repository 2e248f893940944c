package random

import "testing"

// Quantiles of real measurements stand close together; interpolating between equal ones rounds down at
// some nodes, which is no fall.
func TestEmpiricalForgivesRounding(t *testing.T) {
	if _, err := Empirical([]float64{0, 0.5, 0.6, 1}, []float64{7394151.077018939, 7394151.077018939, 7394151.077018939, 8e6}, 7.5e6); err != nil {
		t.Fatal(err)
	}
	if _, err := Empirical([]float64{0, 0.55, 0.6, 1}, []float64{1.1, 82677400.50098218, 82677400.50098218, 82677400.50098218}, 8.1e7); err != nil {
		t.Fatal(err)
	}
}
