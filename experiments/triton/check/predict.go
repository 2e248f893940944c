package check

import (
	"context"
	"fmt"

	"vsim/profile"
	"vsim/sim"
	"vsim/sim/compile"
	"vsim/sim/predict"
	"vsim/sim/scenario"
)

// fewEvents are those of the long run that a case is predicted as, after an interrupt; else it is as precise as the calibration's scenario
// says. What is compared of open loops are replays of the live runs.
const fewEvents = 2_000_000

// forecast is what a calibration makes of a case.
type forecast struct {
	text     []byte // of the scenario
	scenario *scenario.Scenario
	profile  *profile.Profile
	source   sim.Source
}

// forecast is that of a case, by what was learned so far.
func (v *check) forecast(c *Case) (*forecast, error) {
	configs, err := v.site.Configs(c.Server)
	if err != nil {
		return nil, err
	}
	learned, err := v.learners[c.Model].Result()
	if err != nil {
		return nil, err
	}
	f := &forecast{profile: learned.Profile()}
	if f.text, err = learned.Scenario(configs, c.workload()); err != nil {
		return nil, err
	}
	f.scenario, err = scenario.Parse(c.slug()+".toml", f.text, scenario.Options{})
	f.source = sim.Measured(f.scenario, f.profile)
	return f, err
}

// compiled is the system of a case.
func (v *check) compiled(c *Case) (*compile.Built, error) {
	f, err := v.forecast(c)
	if err != nil {
		return nil, err
	}
	return sim.Compile(f.source)
}

// rates fixes the rates of open loops from the capacities that the first calibration predicts.
func (v *check) rates(ctx context.Context) error {
	for _, c := range v.cases {
		if !c.open() {
			continue
		}
		f, err := v.forecast(c.atCapacity())
		if err != nil {
			return fmt.Errorf("%s: capacity: %w", c.Name, err)
		}
		p, err := sim.Predict(ctx, f.source, sim.Options{NoWhatIf: true, NoPI: true})
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
	f, err := v.forecast(c)
	if err != nil {
		return err
	}
	if err := v.store.forecast(c, f); err != nil {
		return err
	}
	if !oneRun {
		f.scenario.Run.MaxEvents = fewEvents
	}
	p, err := sim.Predict(ctx, f.source, sim.Options{NoWhatIf: true, NoPI: !oneRun, Horizon: c.Measure})
	if err != nil {
		return err
	}
	replays, err := v.replay(ctx, c, f)
	if err != nil {
		return err
	}
	v.of[c], v.replays[c] = p, replays
	return nil
}

// replay predicts what each live run of an open loop shows whose arrivals and classes are those that its load drew, which were settled
// before the run; nothing of closed loops, which have no such chance in them.
func (v *check) replay(ctx context.Context, c *Case, f *forecast) (out []predict.Replayed, err error) {
	if !c.open() {
		return nil, nil
	}
	for _, r := range v.results[c] {
		shown, err := sim.Replay(ctx, f.source, r.seed, c.Measure)
		if err != nil {
			return nil, err
		}
		out = append(out, shown)
	}
	return out, nil
}
