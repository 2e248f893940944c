package predict

import (
	"fmt"
	"time"

	"vsim/sim/engine/stats"
)

// MostLatency is what a quantile of all requests' latencies should not exceed.
type MostLatency struct {
	Quantile float64
	Most     time.Duration
}

// exceeding rounds in a row end a study. A run begins empty, so that latencies have not yet been above what they are in the long run.
const exceeding = 2

// exceeds says at the end of a round that a latency is above its limit beyond doubt.
func (s *study) exceeds() bool {
	completed := 0.0
	for i := range s.windows {
		completed += float64(s.windows[i].Completed)
	}
	if len(s.opt.Limits) == 0 || completed < minCompleted || finite(s.sys) || cycle(s.sys) > 0 || len(s.sys.Outages) > 0 {
		return false
	}
	for _, l := range s.opt.Limits {
		if stats.QuantileInterval(s.latencies(), l.Quantile, level).Low <= float64(l.Most) {
			continue
		}
		if s.above++; s.above == exceeding {
			s.doubt = fmt.Sprintf("stopped after %d events, as the %g quantile of latency is above %v", s.events(), l.Quantile, l.Most)
		}
		return s.above == exceeding
	}
	s.above = 0
	return false
}
