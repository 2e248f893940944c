package stats

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Interval is an estimate with its confidence interval, in the unit of what
// was estimated. Low and High are infinite when the data do not bound it.
type Interval struct{ Value, Low, High float64 }

// Times returns the interval in another unit, of which there are so many.
func (i Interval) Times(unit float64) Interval {
	return Interval{i.Value * unit, i.Low * unit, i.High * unit}
}

// Wider is the interval with a part of its value more at either end.
func (i Interval) Wider(by float64) Interval {
	by *= math.Abs(i.Value)
	return Interval{Value: i.Value, Low: i.Low - by, High: i.High + by}
}

// HalfWidth is half the distance between the ends.
func (i Interval) HalfWidth() float64 { return (i.High - i.Low) / 2 }

// RelativeHalfWidth returns the larger distance from the value to an end,
// over the value: the usual stopping rule compares it with 0.01 or 0.05.
func (i Interval) RelativeHalfWidth() float64 {
	width := max(i.Value-i.Low, i.High-i.Value)
	if width == 0 {
		return 0
	}
	return width / math.Abs(i.Value)
}

// MeanInterval returns the mean of independent values, one a replication,
// with its interval by Student's t with len(values)-1 degrees of freedom
// (Law 2015, Simulation Modeling and Analysis, eq. 4.12). Level is the
// confidence, 0.95 say. Fewer than two values bound nothing; none give NaN.
func MeanInterval(values []float64, level float64) Interval {
	mean, deviation := stat.MeanStdDev(values, nil)
	n := float64(len(values))
	if n < 2 {
		return Interval{mean, math.Inf(-1), math.Inf(1)}
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile((1 + level) / 2)
	half := t * deviation / math.Sqrt(n)
	return Interval{mean, mean - half, mean + half}
}

// QuantileInterval returns the p quantile of all replications' values pooled,
// with an interval of the width that Student's t gives to the mean of the
// replications' own quantiles. Pooling takes out most of the bias that a
// quantile of few samples has, and the spread over replications knows of the
// correlation within each. It is wider by the pooled histogram's precision.
// Replications without values are left out.
func QuantileInterval(replications []*Histogram, p, level float64) Interval {
	var pooled Histogram
	var own []float64
	for _, r := range replications {
		if r.Count() > 0 {
			pooled.Merge(r)
			own = append(own, float64(r.Quantile(p)))
		}
	}
	if len(own) == 0 {
		return Interval{math.NaN(), math.Inf(-1), math.Inf(1)}
	}
	ns := pooled.Quantile(p)
	value := float64(ns)
	spread := MeanInterval(own, level)
	half := (spread.High-spread.Low)/2 + float64(pooled.Precision(ns))
	return Interval{value, value - half, value + half}
}
