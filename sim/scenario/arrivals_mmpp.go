package scenario

import (
	"fmt"
	"time"

	"vsim/sim/engine"
	"vsim/sim/engine/random"
	"vsim/sim/engine/workload"
)

// MMPPKeys are the keys of a Markov-modulated Poisson process.
type MMPPKeys struct {
	States []State `toml:"states,omitempty" single:"true" doc:"at least two, visited in turn" example:"[{rate = \"100/s\", mean_time = \"10s\"}, {rate = \"900/s\", mean_time = \"1s\"}]"`
}

// State is one state of a Markov-modulated Poisson process.
type State struct {
	Rate     Rate     `toml:"rate" min:"0" needed:"yes" doc:"rate of arrivals in this state" example:"900/s"`
	MeanTime Duration `toml:"mean_time" above:"0" needed:"yes" doc:"mean time in this state, exponential" example:"1s"`
}

var mmppArrivals = arrivalKind{
	name:    "mmpp",
	about:   "at rates that change at random",
	needs:   []string{"states"},
	may:     []string{"cv"},
	implied: "states",
	fill:    fillCV,
	check: func(s *Scenario, d *decoder) {
		if !s.Given("workload.states") {
			return
		}
		var rates []Rate
		for i := range s.Workload.States {
			rates = append(rates, s.Workload.States[i].Rate)
		}
		if len(rates) < 2 {
			d.fault("workload.states", nil, "has %d states; a modulated process needs at least two", len(rates))
		}
		checkRates(d, "workload.states", rates)
	},
	note: noteMeanRate,
	start: func(s *Scenario, source *engine.Source) (string, error) {
		m := workload.MMPP{}
		for _, st := range s.Workload.States {
			m.States = append(m.States, workload.State{Rate: float64(st.Rate), Sojourn: st.MeanTime.Duration()})
		}
		return "states", modulated(source, s.Workload.CV, m)
	},
}

// modulated makes arrivals at a rate that changes.
func modulated(source *engine.Source, cv float64, rate workload.Rate) error {
	gaps, err := random.Exponential(float64(time.Second))
	if cv != 1 {
		gaps, err = random.Gamma(float64(time.Second), cv)
	}
	if err != nil {
		return err
	}
	source.Arrivals, err = workload.Modulated(gaps, rate)
	return err
}

func noteMeanRate(w *Workload, source *engine.Source) string {
	return fmt.Sprintf("Open loop: %s arrivals at %.4g requests/s on average", w.Arrivals, source.Arrivals.MeanRate())
}
