package stats

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

// Batches is what BatchMeans finds.
type Batches struct {
	Interval Interval // of the mean
	Lag1     float64  // correlation of neighbouring batch means
	// Independent is false when Lag1 is above 1.645/sqrt(batches), which
	// independent means exceed once in twenty: the interval is then too
	// narrow. Take fewer, longer batches.
	Independent bool
}

// BatchMeans returns the mean of one run's correlated values (waits in order,
// block means) with an interval from the means of equal batches of them; what
// does not fill a batch is left out at the start. Batches must be 2 to
// len(values), else the interval is infinite (Law 2015, Simulation Modeling
// and Analysis, section 9.5.3).
func BatchMeans(values []float64, batches int, level float64) Batches {
	if batches < 2 || batches > len(values) {
		return Batches{Interval: MeanInterval(nil, level)}
	}
	size := len(values) / batches
	values = values[len(values)-batches*size:]
	means := make([]float64, batches)
	for i := range means {
		means[i] = stat.Mean(values[i*size:(i+1)*size], nil)
	}
	r := lag1(means)
	return Batches{MeanInterval(means, level), r, r <= 1.645/math.Sqrt(float64(batches))}
}

// lag1 returns the correlation of neighbours, 0 where nothing varies.
func lag1(x []float64) float64 {
	mean := stat.Mean(x, nil)
	var products, squares float64
	for i, v := range x {
		squares += (v - mean) * (v - mean)
		if i > 0 {
			products += (v - mean) * (x[i-1] - mean)
		}
	}
	if squares == 0 {
		return 0
	}
	return products / squares
}
