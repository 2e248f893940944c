package predict

import (
	"math"
	"time"

	"vsim/sim/engine"
	"vsim/sim/engine/workload"
)

// open says that requests come whatever becomes of them, and go on coming.
func open(sys *engine.System) bool { return sys.Source.Clients == 0 && !finite(sys) }

// finite says that the traffic ends.
func finite(sys *engine.System) bool {
	return sys.Source.Arrivals != nil && sys.Source.Arrivals.Finite()
}

// offered is the long-run mean rate of an open loop's arrivals, requests/s.
func offered(sys *engine.System) float64 {
	if sys.Source.Arrivals != nil {
		return sys.Source.Arrivals.MeanRate()
	}
	return 1e9 / sys.Source.Gap.Mean()
}

// cycle is the time after which the traffic repeats itself, 0 if it does not.
func cycle(sys *engine.System) time.Duration {
	if p, ok := sys.Source.Arrivals.(workload.Periodic); ok {
		return p.Cycle()
	}
	return 0
}

// whole is the number of blocks that make a whole cycle of the traffic, or several: 1 where blocks are no
// shorter, or nothing repeats itself.
func whole(sys *engine.System, r *engine.Run) int {
	_, length := r.Blocks()
	return max(int(math.Round(float64(cycle(sys))/float64(length))), 1)
}

// cycles is the part of a cycle, or the number of cycles, that a run has shown since its first quarter.
func (s *study) cycles(r *engine.Run) float64 {
	n, _ := r.Blocks()
	return float64(n-n/warmup) / float64(whole(s.sys, r))
}

// wholeSeen says that the replications have seen each hour of the traffic's cycle, warm-up or not.
func (s *study) wholeSeen() bool {
	n, _ := s.runs[0].Blocks()
	return n >= whole(s.sys, s.runs[0])
}

// warmup is the number of blocks at a run's start that are left out: a quarter, and somewhat more where
// the rest is to be whole cycles. Of a run that is shorter than that, all hours of the cycle that it has seen count: its last
// cycle, or all that there is of the first. Traffic that ends is taken whole.
func (s *study) warmup(r *engine.Run) int {
	if finite(s.sys) {
		return 0
	}
	n, _ := r.Blocks()
	per := whole(s.sys, r)
	switch rest := n - n/warmup; {
	case n < per:
		return 0
	case rest < per:
		return n - per
	default:
		return n - rest/per*per
	}
}
