package scenario

import (
	"vsim/sim/engine"
	"vsim/sim/engine/random"
)

var deterministicArrivals = arrivalKind{
	name:  "deterministic",
	about: "at a rate, evenly spaced",
	needs: []string{"rate"},
	check: checkMeanRate,
	note: func(w *Workload, _ *engine.Source) string {
		return "Open loop: evenly spaced arrivals at " + requestsPerSecond(w.Rate)
	},
	start: func(s *Scenario, source *engine.Source) (string, error) {
		var err error
		source.Gap, err = random.Constant(1e9 / float64(s.Workload.Rate))
		return "rate", err
	},
	part: func(w *Workload, of share) bool {
		w.Rate = of.rate(w.Rate)
		return of.inTurn && of.all%of.servers == 0
	},
}
