package sim

import (
	"time"

	"vsim/profile"
	"vsim/sim/compile"
	"vsim/sim/engine"
	"vsim/sim/scenario"
)

// redraws is how often profiles are drawn anew that cannot be: of times that are extrapolated below 0, say.
const redraws = 8

// resampling makes the system of a scenario with profiles as measuring them anew might have given them.
func resampling(s *scenario.Scenario, profiles *compile.Profiles, run time.Duration) func(int) (*engine.System, error) {
	return func(number int) (sys *engine.System, err error) {
		for again := range redraws {
			built, err := compile.Build(s, profiles.Resample(s.Run.Seed, redraws*number+again, run))
			if err == nil {
				return built.System, nil
			}
			if again == redraws-1 {
				return nil, err
			}
		}
		return nil, err
	}
}

// addUnknown adds the model's own error to the intervals of one live run, where vsim validate has found it, and says what is not
// in them.
func addUnknown(p *Prediction, built *compile.Built) {
	p.PI.Unknown = append(p.PI.Unknown, built.Unknown...)
	band := bandOf(p, built.System)
	known := false
	p.PI.WithModel(func(metric string) (logSD float64, cases int) {
		for _, r := range built.Residuals {
			if r.Metric == metric && r.Band == band {
				known = true
				return r.LogSD, r.N
			}
		}
		return 0, 0
	})
	switch {
	case known && built.Usual:
		p.PI.Unknown = append(p.PI.Unknown, "how far the model's own error differs from that on "+profile.ResidualsFrom+", which is in it (no vsim validate of this machine)")
	case !known:
		p.PI.Unknown = append(p.PI.Unknown, "the model's own error (no vsim validate of this machine at such a load)")
	}
}

// saturated is the busy part from which on something is busy all the time.
const saturated = 0.98

// bandOf is the band of load by what is busiest.
func bandOf(p *Prediction, sys *engine.System) profile.Band {
	busy := 0.0
	for i := range p.Stages {
		busy = max(busy, p.Stages[i].Utilization.Value)
	}
	for i := range p.Resources {
		if r := &p.Resources[i]; !r.Unlimited {
			busy = max(busy, r.Utilization.Value)
		}
	}
	switch clients := sys.Source.Clients; {
	case clients == 1:
		return profile.ZeroLoad
	case clients > 1 && busy >= saturated:
		return profile.Saturated
	}
	return profile.BandOf(busy)
}
