package stats

import (
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Median returns the middle of some values, in any order and unit, the mean of the middle two where their number
// is even. There must be at least one.
func Median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	lower := stat.Quantile(0.5, stat.Empirical, sorted, nil)
	return (lower + sorted[len(sorted)/2]) / 2
}
