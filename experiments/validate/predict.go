package validate

import (
	"context"

	"vsim/sim/compile"
	"vsim/sim/engine"
	"vsim/sim/predict"
	"vsim/sim/scenario"
)

// compiled is a scenario as the simulator takes it, with what has been profiled so far.
func (v *validation) compiled(s *scenario.Scenario) (*compile.Built, error) {
	p := v.benches.profile()
	text, err := p.Encode()
	if err != nil {
		return nil, err
	}
	return compile.Build(s, compile.FromProfile(p, text))
}

// predict simulates a scenario with what has been profiled so far.
func (v *validation) predict(ctx context.Context, s *scenario.Scenario) (*predict.Prediction, error) {
	built, err := v.compiled(s)
	if err != nil {
		return nil, err
	}
	built.Options.NoWhatIf = true
	out, err := predict.Run(ctx, built.System, built.Options, nil)
	if err != nil {
		return nil, err
	}
	built.Label(out)
	return out, nil
}

// system is what the simulator would run of a scenario: its classes, its traffic and the rule of its queue are
// those of the live run.
func (v *validation) system(s *scenario.Scenario) (*engine.System, error) {
	built, err := v.compiled(s)
	if err != nil {
		return nil, err
	}
	return built.System, nil
}
