package validate

import (
	"slices"

	"vsim/profile"
	"vsim/profile/device"
	"vsim/sim/predict"
)

// predictedStage is the mean time of a request, in seconds, in what a live server calls a part. This is the
// one place that knows how predictions name stages. A live server notes GPU decoding from before the host's phase to the
// end of the device's, as decode: predictions have the two apart.
func predictedStage(p *predict.Prediction, part string) (meanS float64, ok bool) {
	parts := p.Parts()
	at := slices.IndexFunc(parts, func(s predict.Part) bool { return s.Name == part })
	if at < 0 {
		return 0, false
	}
	meanS = parts[at].MeanS
	if host := slices.IndexFunc(parts, func(s predict.Part) bool { return s.Name == profile.HuffmanStage }); host >= 0 && part == device.Decode {
		meanS += parts[host].MeanS
	}
	return meanS, true
}
