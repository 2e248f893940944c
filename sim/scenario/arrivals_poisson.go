package scenario

import (
	"fmt"

	"vsim/sim/engine"
	"vsim/sim/engine/random"
)

// RateKeys are the keys of processes with a mean rate.
type RateKeys struct {
	Rate Rate `toml:"rate,omitzero" above:"0" doc:"mean rate"`
}

var poissonArrivals = arrivalKind{
	name:    "poisson",
	about:   "at a rate, independent of each other",
	needs:   []string{"rate"},
	implied: "rate",
	check:   checkMeanRate,
	note: func(w *Workload, _ *engine.Source) string {
		return "Open loop: Poisson arrivals at " + requestsPerSecond(w.Rate)
	},
	start: func(s *Scenario, source *engine.Source) (string, error) {
		var err error
		source.Gap, err = random.Exponential(1e9 / float64(s.Workload.Rate))
		return "rate", err
	},
	part: func(w *Workload, of share) bool {
		w.Arrivals, w.CV = Arrivals(gammaArrivals.name), 1
		return gammaArrivals.part(w, of)
	},
}

func checkMeanRate(s *Scenario, d *decoder) { s.checkRate(d, "workload.rate", s.Workload.Rate) }

func requestsPerSecond(r Rate) string { return fmt.Sprintf("%g requests/s", float64(r)) }
