package validate

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"vsim/profile"
	"vsim/sim/engine/stats"
)

// residualOf names a metric as residuals of a profile do.
var residualOf = map[string]string{throughput: "throughput", latencyMean: "mean", latencyP50: "p50", latencyP99: "p99"}

// fewCases is the least number of cases of a band that tell how far off the model is there.
const fewCases = 3

// residuals are how far, by metric and band, the predictions were from the live runs beyond what their intervals explain: the model's own
// part, for predictions of this machine from now on. It is not in the intervals that this very report judges: these have the errors of
// earlier reports, profile.UsualResiduals.
func (r *Report) residuals() (out []profile.Residual) {
	for _, m := range metrics {
		name, ok := residualOf[m.name]
		if !ok {
			continue
		}
		for _, band := range bands {
			var squares, explained []float64
			for _, row := range r.Cases {
				if row.Metric != m.name || row.Band != band || !(row.Predicted > 0) || !(row.Measured > 0) || !(row.Interval95[0] > 0) {
					continue
				}
				squares = append(squares, sq(math.Log(row.Predicted/row.Measured)))
				explained = append(explained, sq(row.halfWithoutModel()/both95)/float64(max(row.Runs, 1)))
			}
			if n := len(squares); n >= fewCases {
				out = append(out, profile.Residual{Metric: name, Band: band, LogSD: math.Sqrt(unexplained(squares, explained)), N: n})
			}
		}
	}
	return out
}

// unexplained is the variance of errors, of which the squares are given, beyond what is explained of them: squares have both in them. A
// case or two whose live runs went wrong would make up most of a mean, and the median, of a normal distribution here, makes little of few cases: it is the smaller of
// the two.
func unexplained(squares, explained []float64) float64 {
	byMean := stat.Mean(squares, nil) - stat.Mean(explained, nil)
	byMedian := stats.Median(squares)/medianSquare - stats.Median(explained)
	return max(min(byMean, byMedian), 0)
}

// medianSquare is the median of a standard normal number's square.
var medianSquare = distuv.ChiSquared{K: 1}.Quantile(0.5)

// halfWithoutModel is half the width of the interval on the logarithmic scale, without the errors of the model that are usual.
func (r *Row) halfWithoutModel() float64 {
	if r.ownHalf > 0 {
		return r.ownHalf
	}
	return math.Log(r.Interval95[1]/r.Interval95[0]) / 2
}

// learn puts residuals into the profile of a forecast.
func (f *forecast) learn(residuals []profile.Residual) (err error) {
	p := *f.profile
	p.Residuals = residuals
	f.profile = &p
	f.text, err = p.Encode()
	return err
}
