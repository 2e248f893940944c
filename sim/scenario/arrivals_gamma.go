package scenario

import (
	"fmt"

	"vsim/sim/engine"
	"vsim/sim/engine/random"
)

// BurstKeys are the keys of processes whose gaps may be burstier or smoother than those of Poisson arrivals.
type BurstKeys struct {
	CV float64 `toml:"cv,omitzero" min:"0.01" max:"5" default:"1, which is Poisson" doc:"burstiness: standard deviation over mean of the gaps at a constant rate" example:"2.0"`
}

var gammaArrivals = arrivalKind{
	name:  "gamma",
	about: "at a rate, in bursts or smooth as cv says",
	needs: []string{"rate"},
	may:   []string{"cv"},
	fill:  fillCV,
	check: checkMeanRate,
	note: func(w *Workload, _ *engine.Source) string {
		return fmt.Sprintf("Open loop: arrivals at %s, gaps of coefficient of variation %g", requestsPerSecond(w.Rate), w.CV)
	},
	start: func(s *Scenario, source *engine.Source) (string, error) {
		var err error
		source.Gap, err = random.Gamma(1e9/float64(s.Workload.Rate), s.Workload.CV)
		return "rate", err
	},
	part: func(w *Workload, of share) bool {
		w.Rate = of.rate(w.Rate)
		return of.bursts(w)
	},
}

func fillCV(s *Scenario) { setDefault(&s.Workload.CV, 1, s.Given("workload.cv")) }
