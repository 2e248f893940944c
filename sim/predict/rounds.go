package predict

import (
	"math"
	"time"

	"vsim/sim/engine"
	"vsim/sim/topology"
)

// Round is what each replication had shown by a moment of simulated time, its warm-up left out. Two predictions with
// the same seed see the same random numbers: their replications are compared in pairs, by number, at the same moment.
type Round struct {
	End          time.Duration
	Done         bool // the traffic has ended, and all its requests have left
	Replications []Replication
}

// Replication is what one replication had shown. Latencies are NaN where nothing was completed, EnergyJ, in joules a
// request, also where the power of a CPU or GPU is not known, or of nothing.
type Replication struct {
	ThroughputRPS     float64
	MeanS, P50S, P99S float64
	EnergyJ           float64
}

// shownByRounds tells what the replications had shown by the end of each round.
func (s *study) shownByRounds() (out []Round) {
	for i := range s.rounds {
		r := &s.rounds[i]
		round := Round{End: time.Duration(r.end), Done: r.done}
		for k := range r.rates {
			round.Replications = append(round.Replications, Replication{ThroughputRPS: r.rates[k], MeanS: r.means[k] * 1e-9,
				P50S: r.p50s[k] * 1e-9, P99S: r.p99s[k] * 1e-9, EnergyJ: r.joules[k]})
		}
		out = append(out, round)
	}
	return out
}

// wholeCycle is a round of all of the traffic's cycle, of which there was too much for each replication.
func (s *study) wholeCycle() Round {
	round := Round{End: cycle(s.sys)}
	for i := range s.windows {
		w := &s.windows[i]
		round.Replications = append(round.Replications, Replication{ThroughputRPS: rate(w), MeanS: w.Latency.Mean() * 1e-9,
			P50S: float64(w.Latency.Quantile(0.5)) * 1e-9, P99S: float64(w.Latency.Quantile(0.99)) * 1e-9, EnergyJ: s.energyOnce(w)})
	}
	return round
}

// energyOnce is what a request took in a window on all devices of known power, in J. It is NaN where the power of a CPU
// or GPU is not known, and where no power is known at all.
func (s *study) energyOnce(w *engine.Window) float64 {
	cpus, knowCPUs := s.devices(func(t topology.Type) bool { return t == topology.CPU }, true)
	gpus, knowGPUs := s.devices(func(t topology.Type) bool { return t == topology.GPU }, true)
	others, _ := s.devices(func(t topology.Type) bool {
		return t == topology.Link || t == topology.Engine || t == topology.Delay
	}, false)
	if !knowCPUs || !knowGPUs || len(cpus)+len(gpus)+len(others) == 0 || w.Completed == 0 {
		return math.NaN()
	}
	sum := 0.0
	for _, list := range [][]int{cpus, gpus, others} {
		for _, i := range list {
			sum += w.IdleJ[i] + w.ActiveJ[i]
		}
	}
	return sum / float64(w.Completed)
}

// enough says, at the end of a round, whether to stop: at Options.Until, where that is given, or once the goals are met;
// in any case where the system is overloaded.
func (s *study) enough(end time.Duration) bool {
	if s.opt.Until == 0 || finite(s.sys) {
		return s.settled() || s.grows() || s.exceeds() || s.stuck()
	}
	return s.grows() || end >= s.opt.Until
}
