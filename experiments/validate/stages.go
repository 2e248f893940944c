package validate

import (
	"slices"

	"vsim/sim/predict"
)

// predictedStage is the mean time of a request, in seconds, in what a live server calls a part. This is the
// one place that knows how predictions name stages.
func predictedStage(p *predict.Prediction, part string) (meanS float64, ok bool) {
	parts := p.Parts()
	at := slices.IndexFunc(parts, func(s predict.Part) bool { return s.Name == part })
	if at < 0 {
		return 0, false
	}
	return parts[at].MeanS, true
}
