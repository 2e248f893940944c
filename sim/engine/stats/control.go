package stats

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// ControlledInterval returns the mean of independent values, one a replication,
// with its interval, after taking out what is explained by a control: something
// that was observed in each replication, too, and whose true mean is known. It
// is the value at that mean of the least-squares line through the pairs
// (Lavenberg and Welch 1981, Management Science 27(3), 322-335; Law 2015,
// Simulation Modeling and Analysis, section 11.4), exact for normal pairs, with
// len(values)-2 degrees of freedom. Where controls do not vary, or there are
// fewer than four pairs, it is MeanInterval.
func ControlledInterval(values, controls []float64, mean, level float64) Interval {
	n := float64(len(values))
	center := stat.Mean(controls, nil)
	squares := 0.0
	for _, c := range controls {
		squares += (c - center) * (c - center)
	}
	if n < 4 || squares <= 1e-18*center*center {
		return MeanInterval(values, level)
	}
	alpha, beta := stat.LinearRegression(controls, values, nil, false)
	left := 0.0
	for i, c := range controls {
		left += sq(values[i] - alpha - beta*c)
	}
	value := alpha + beta*mean
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 2}.Quantile((1 + level) / 2)
	half := t * math.Sqrt(left/(n-2)*(1/n+sq(center-mean)/squares))
	return Interval{value, value - half, value + half}
}

func sq(x float64) float64 { return x * x }
