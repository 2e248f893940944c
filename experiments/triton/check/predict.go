package check

import (
	"context"
	"fmt"

	"vsim/sim"
	"vsim/sim/compile"
	"vsim/sim/predict"
	"vsim/sim/scenario"
)

// scenario is that of a case, by what was learned so far.
func (v *check) scenario(c *Case) (*scenario.Scenario, []byte, error) {
	configs, err := v.site.Configs(c.Server)
	if err != nil {
		return nil, nil, err
	}
	text, err := v.learners[c.Model].Scenario(configs, c.workload())
	if err != nil {
		return nil, nil, err
	}
	s, err := scenario.Parse(c.slug()+".toml", text, scenario.Options{})
	return s, text, err
}

// compiled is the system of a case.
func (v *check) compiled(c *Case) (*compile.Built, error) {
	s, _, err := v.scenario(c)
	if err != nil {
		return nil, err
	}
	return sim.Compile(sim.Of(s))
}

// rates fixes the rates of open loops from the capacities that the first calibration predicts.
func (v *check) rates(ctx context.Context) error {
	for _, c := range v.cases {
		if !c.open() {
			continue
		}
		s, _, err := v.scenario(c.atCapacity())
		if err != nil {
			return fmt.Errorf("%s: capacity: %w", c.Name, err)
		}
		p, err := sim.Predict(ctx, sim.Of(s), sim.Options{NoWhatIf: true, NoPI: true})
		if err != nil {
			return fmt.Errorf("%s: capacity: %w", c.Name, err)
		}
		c.rps = c.Load * p.ThroughputRPS.Value
	}
	return nil
}

// predict predicts every case that ran, where there is time each with what one live run will show.
func (v *check) predict(ctx context.Context, oneRun bool) {
	for _, c := range v.ran() {
		if err := v.predictCase(ctx, c, oneRun); err != nil {
			v.fail(fmt.Errorf("%s: no prediction: %w", c.Name, err))
		}
	}
}

func (v *check) predictCase(ctx context.Context, c *Case, oneRun bool) error {
	s, text, err := v.scenario(c)
	if err != nil {
		return err
	}
	if err := v.store.scenario(c, text); err != nil {
		return err
	}
	p, err := sim.Predict(ctx, sim.Of(s), sim.Options{NoWhatIf: true, NoPI: !oneRun, Horizon: c.Measure})
	if err != nil {
		return err
	}
	replays, err := v.replay(ctx, c, s)
	if err != nil {
		return err
	}
	v.of[c], v.replays[c] = p, replays
	return nil
}

// replay predicts what each live run of an open loop shows whose arrivals and classes are those that its load drew, which were settled
// before the run; nothing of closed loops, which have no such chance in them.
func (v *check) replay(ctx context.Context, c *Case, s *scenario.Scenario) (out []predict.Replayed, err error) {
	if !c.open() {
		return nil, nil
	}
	for _, r := range v.results[c] {
		shown, err := sim.Replay(ctx, sim.Of(s), r.seed, c.Measure)
		if err != nil {
			return nil, err
		}
		out = append(out, shown)
	}
	return out, nil
}
