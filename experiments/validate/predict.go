package validate

import (
	"context"

	"vsim/sim"
	"vsim/sim/compile"
	"vsim/sim/scenario"
)

// source is a scenario with what has been profiled so far.
func (v *validation) source(s *scenario.Scenario) sim.Source {
	return func() (*scenario.Scenario, *compile.Profiles, error) {
		p, err := v.benches.profile()
		if err != nil {
			return nil, nil, err
		}
		return sim.Measured(s, p)()
	}
}

// predict simulates a scenario with what has been profiled so far.
func (v *validation) predict(ctx context.Context, s *scenario.Scenario) (*sim.Prediction, error) {
	return sim.Predict(ctx, v.source(s), sim.Options{NoWhatIf: true})
}

// compiled is what the simulator would run of a scenario: its classes, its traffic and the rule of its queue are
// those of the live run.
func (v *validation) compiled(s *scenario.Scenario) (*compile.Built, error) {
	return sim.Compile(v.source(s))
}
