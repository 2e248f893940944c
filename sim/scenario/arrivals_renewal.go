package scenario

import (
	"fmt"

	"vsim/sim/engine"
)

// RenewalKeys are the keys of a renewal process.
type RenewalKeys struct {
	Gap *Distribution `toml:"gap,omitempty" doc:"time between arrivals" example:"{dist = \"erlang\", mean = \"5ms\", shape = 3}"`
}

var renewalArrivals = arrivalKind{
	name:    "renewal",
	about:   "with independent gaps of any distribution",
	needs:   []string{"gap"},
	implied: "gap",
	note: func(w *Workload, _ *engine.Source) string {
		return fmt.Sprintf("Open loop: one request every %g ms on average", w.Gap.MeanNs(1)/1e6)
	},
	start: func(s *Scenario, source *engine.Source) (string, error) {
		var err error
		source.Gap, err = s.Workload.Gap.Sampler(1)
		return "gap", err
	},
}
