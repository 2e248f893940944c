package measure

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/floats/scalar"
	"gonum.org/v1/gonum/stat/distuv"

	"vsim/sim/engine/stats"
)

// ratio estimates sum(y)/sum(x) and its 95 % interval from the residuals y - ratio*x of the pairs
// (Cochran 1977, Sampling Techniques, section 6.4), with Student's t. With x the number of samples of a
// burst and y their sum it is the mean by batch means over bursts of unequal size, so that whatever
// changes from burst to burst is in the interval. Fewer than two pairs bound nothing.
func ratio(y, x []float64) stats.Interval {
	n := float64(len(x))
	value := floats.Sum(y) / floats.Sum(x)
	if n < 2 {
		return stats.Interval{Value: value, Low: math.Inf(-1), High: math.Inf(1)}
	}
	squares := 0.0
	for i := range x {
		d := y[i] - value*x[i]
		squares += d * d
	}
	meanX := floats.Sum(x) / n
	se := math.Sqrt(squares/(n-1)/n) / meanX
	half := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile(0.975) * se
	return stats.Interval{Value: value, Low: value - half, High: value + half}
}

// rounded gives an interval as a profile's file has it, with a number of decimals; its ends are [0, 0],
// unknown, where the data do not bound it.
func rounded(i stats.Interval, decimals int) (value float64, ci95 [2]float64) {
	if !math.IsInf(i.High, 0) {
		ci95 = [2]float64{scalar.Round(i.Low, decimals), scalar.Round(i.High, decimals)}
	}
	return scalar.Round(i.Value, decimals), ci95
}
