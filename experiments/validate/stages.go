package validate

import (
	"slices"

	"vsim/sim/engine/stats"
	"vsim/sim/predict"
)

// predictedStage is the mean time of a request, in seconds, in what a live server calls a part. This is the
// one place that knows how predictions name stages.
func predictedStage(p *predict.Prediction, part string) (meanS float64, ok bool) {
	at := slices.IndexFunc(p.Stages, func(s predict.Stage) bool { return s.Name == part })
	if at < 0 {
		return 0, false
	}
	return p.Stages[at].WaitS.Value + p.Stages[at].ServiceS.Value, true
}

// interval is a prediction's estimate with its 95 % interval.
func interval(e predict.Estimate) stats.Interval {
	return stats.Interval{Value: e.Value, Low: e.CI95[0], High: e.CI95[1]}
}
