package validate

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"vsim/profile"
	"vsim/sim"
	"vsim/sim/compile"
	"vsim/sim/scenario"
)

// forecast is the predictions of all cases from one profile.
type forecast struct {
	profile *profile.Profile
	text    []byte // of its file
	of      map[*Case]*sim.Prediction
}

// newForecast has what has been profiled so far, and no predictions.
func (v *validation) newForecast() (*forecast, error) {
	p, err := v.benches.profile()
	if err != nil {
		return nil, err
	}
	p = richer(p, v.earlier)
	text, err := p.Encode()
	return &forecast{p, text, map[*Case]*sim.Prediction{}}, err
}

// source is a scenario with the profile.
func (f *forecast) source(s *scenario.Scenario) sim.Source {
	profiles := compile.FromProfile(f.profile, f.text)
	return func() (*scenario.Scenario, *compile.Profiles, error) { return s, profiles, nil }
}

func (f *forecast) predict(ctx context.Context, s *scenario.Scenario) (*sim.Prediction, error) {
	return sim.Predict(ctx, f.source(s), sim.Options{NoWhatIf: true, NoPI: true})
}

// predictRuns adds to the predictions of the cases what one live run of their length will show, as far as time allows.
func (f *forecast) predictRuns(ctx context.Context) {
	for c := range f.of {
		if p, err := sim.Predict(ctx, f.source(c.Scenario), sim.Options{NoWhatIf: true, Horizon: c.Measure}); err == nil {
			f.of[c] = p
		}
	}
}

// compiled is what the simulator would run of a scenario: its classes, its traffic and the rule of its queue are
// those of the live run.
func (f *forecast) compiled(s *scenario.Scenario) (*compile.Built, error) {
	return sim.Compile(f.source(s))
}

// forecast predicts every case from what has been profiled so far. A case for which that fails is a warning.
func (v *validation) forecast(ctx context.Context) (*forecast, error) {
	f, err := v.newForecast()
	if err != nil {
		return nil, err
	}
	for _, c := range v.ran() {
		p, err := f.predict(ctx, c.Scenario)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			v.fail(fmt.Errorf("%s: no prediction: %w", c.Name, err))
			continue
		}
		f.of[c] = p
	}
	v.latest = f
	return f, nil
}

// lastForecast predicts from the whole profile and, after an interrupt, does so within a short time. If that is not
// enough the predictions are those before the last live runs.
func (v *validation) lastForecast(ctx context.Context) *forecast {
	if ctx.Err() == nil {
		if f, err := v.forecast(ctx); err == nil {
			return f
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closing)
	defer cancel()
	if f, err := v.forecast(ctx); err == nil {
		return f
	}
	v.warn("there was no time to predict from the whole profile: the predictions are from what was profiled before the last live runs")
	return v.latest
}

// choose predicts every case from the first profile, before anything runs live. A case for which that fails is left
// out; if none is left, why the first one failed is the error. Loads become rates here, and a GPU's link what was
// measured.
func (v *validation) choose(ctx context.Context) error {
	began := time.Now()
	f, err := v.newForecast()
	if err != nil {
		return cmp.Or(v.profiled, err)
	}
	v.latest = f
	for _, c := range v.m.Cases {
		err := f.first(ctx, c)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			v.fail(fmt.Errorf("case %q was left out, it cannot be predicted: %w", c.Name, err))
			continue
		}
		v.cases = append(v.cases, c)
	}
	switch {
	case len(v.cases) == 0 && v.profiled != nil:
		return v.profiled
	case len(v.cases) == 0:
		return fmt.Errorf("none of the %d cases can be predicted: %w", len(v.m.Cases), v.why)
	}
	// The machine may be slower, and a report is written too; and each live run is predicted with its own times.
	v.pace.reserve(time.Duration(2+v.opt.Rounds) * time.Since(began))
	v.lengthen()
	v.keep(v.store.cases(v.m, v.cases))
	v.keep(v.storePlan())
	return nil
}

// findRate fixes the rate of a case's load, but for one that an earlier session fixed.
func (f *forecast) findRate(ctx context.Context, c *Case) error {
	if c.rps > 0 {
		return nil
	}
	full, err := c.saturated()
	if err != nil {
		return err
	}
	p, err := f.predict(ctx, full)
	if err != nil {
		return err
	}
	c.rps = c.Load * p.ThroughputRPS.Value
	return nil
}

// first predicts a case for the first time, and fixes its link and its rate.
func (f *forecast) first(ctx context.Context, c *Case) (err error) {
	if onGPU(c.Scenario) {
		if err := c.measuredLink(f.profile); err != nil {
			return err
		}
	}
	if c.Load > 0 {
		if err := f.findRate(ctx, c); err != nil {
			return err
		}
		if c.Scenario, err = c.atRate(c.rps); err != nil {
			return err
		}
	}
	f.of[c], err = f.predict(ctx, c.Scenario)
	return err
}
