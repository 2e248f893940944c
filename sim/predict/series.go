package predict

import (
	"vsim/sim/engine"
	"vsim/sim/engine/stats"
)

// Stretch is what went on in one stretch of simulated time. Latencies are of the requests that were completed in it, null where none was.
type Stretch struct {
	BeginS        float64      `json:"begin_s"`
	LengthS       float64      `json:"length_s"`
	Warmup        bool         `json:"warmup,omitempty"` // it is in no other number of the prediction
	OfferedRPS    float64      `json:"offered_rps"`
	ThroughputRPS float64      `json:"throughput_rps"`
	Inside        float64      `json:"inside"` // requests, the time average
	LatencyMeanS  stats.Number `json:"latency_mean_s"`
	LatencyP99S   stats.Number `json:"latency_p99_s"`
	Utilization   []float64    `json:"utilization"` // by resource, in the order of Prediction.Resources
}

// series is how a system went whose traffic follows a clock: ends, or repeats itself after at least two stretches. It is nil of others.
func (h *History) series(sys *engine.System) (out []Stretch) {
	if !finite(sys) && cycle(sys).Seconds() < 2*h.BlockS {
		return nil
	}
	for i := range h.Blocks() {
		s := Stretch{BeginS: h.BlockS * float64(i), LengthS: h.BlockS, Warmup: i < h.Warmup,
			OfferedRPS: h.OfferedRPS[i], ThroughputRPS: h.ThroughputRPS[i], Inside: h.Inside[i],
			LatencyMeanS: stats.Number(h.LatencyMeanS[i]), LatencyP99S: stats.Number(h.LatencyP99S[i])}
		for k := range h.Busy {
			s.Utilization = append(s.Utilization, h.Busy[k][i])
		}
		out = append(out, s)
	}
	return out
}
