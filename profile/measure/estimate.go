package measure

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/floats/scalar"
	"gonum.org/v1/gonum/stat/distuv"
)

// estimate is a value with its 95 % interval.
type estimate struct {
	value, half float64
	pairs       int
}

// ratio estimates sum(y)/sum(x) and its interval from the residuals y - ratio*x of the pairs
// (Cochran 1977, Sampling Techniques, section 6.4), with Student's t. With x the number of samples of a
// burst and y their sum it is the mean by batch means over bursts of unequal size, so that whatever
// changes from burst to burst is in the interval; with x and y the times of a stage alone and beside
// neighbours in one visit it is a slow-down from which a drift of the machine cancels.
func ratio(y, x []float64) estimate {
	n := float64(len(x))
	e := estimate{value: floats.Sum(y) / floats.Sum(x), half: math.Inf(1), pairs: len(x)}
	if n < 2 {
		return e
	}
	squares := 0.0
	for i := range x {
		d := y[i] - e.value*x[i]
		squares += d * d
	}
	meanX := floats.Sum(x) / n
	se := math.Sqrt(squares/(n-1)/n) / meanX
	e.half = distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile(0.975) * se
	return e
}

// relative is the half-width of the interval as a part of the value.
func (e estimate) relative() float64 { return e.half / math.Abs(e.value) }

// rounded gives the value and the interval with a number of decimals, for a file that people read. The
// interval is [0, 0], unknown, for fewer than two pairs.
func (e estimate) rounded(decimals int) (value float64, interval [2]float64) {
	if !math.IsInf(e.half, 0) {
		interval = [2]float64{scalar.Round(e.value-e.half, decimals), scalar.Round(e.value+e.half, decimals)}
	}
	return scalar.Round(e.value, decimals), interval
}
