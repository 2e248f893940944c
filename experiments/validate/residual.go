package validate

import (
	"math"

	"vsim/profile"
)

// residualOf names a metric as residuals of a profile do.
var residualOf = map[string]string{throughput: "throughput", latencyMean: "mean", latencyP50: "p50", latencyP99: "p99"}

// fewCases is the least number of cases of a band that tell how far off the model is there.
const fewCases = 3

// residuals are how far, by metric and band, the predictions were from the live runs beyond what their intervals explain: the model's own
// part, for predictions of this machine from now on. It is not in the intervals that this very report judges.
//
// The mean square of ln(predicted/measured) has in it the model's variance and that of the prediction interval, of which
// the latter is subtracted.
func (r *Report) residuals() (out []profile.Residual) {
	for _, m := range metrics {
		name, ok := residualOf[m.name]
		if !ok {
			continue
		}
		for _, band := range bands {
			squares, explained, n := 0.0, 0.0, 0
			for _, row := range r.Cases {
				if row.Metric != m.name || row.Band != band || !(row.Predicted > 0) || !(row.Measured > 0) || !(row.Interval95[0] > 0) {
					continue
				}
				squares += sq(math.Log(row.Predicted / row.Measured))
				explained += sq(math.Log(row.Interval95[1]/row.Interval95[0])/2/both95) / float64(max(row.Runs, 1))
				n++
			}
			if n >= fewCases {
				out = append(out, profile.Residual{Metric: name, Band: band, LogSD: math.Sqrt(max(squares-explained, 0) / float64(n)), N: n})
			}
		}
	}
	return out
}

// learn puts residuals into the profile of a forecast.
func (f *forecast) learn(residuals []profile.Residual) (err error) {
	p := *f.profile
	p.Residuals = residuals
	f.profile = &p
	f.text, err = p.Encode()
	return err
}
