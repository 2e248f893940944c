// Package sim is the door to vsim's predictions: a scenario goes in, a prediction comes out. Commands, sweeps,
// validation and calibration all come in here; nobody else wires up reading, compiling and simulating.
package sim

import (
	"cmp"
	"context"
	"errors"
	"time"

	"vsim/profile"
	"vsim/sim/compile"
	"vsim/sim/engine"
	"vsim/sim/predict"
	"vsim/sim/scenario"
	"vsim/sim/topology"
)

// Prediction is what a simulated scenario will do; see predict.Prediction for its units.
type Prediction = predict.Prediction

// Estimate is a number of a prediction with its 95 % interval.
type Estimate = predict.Estimate

// Source gives what to predict: a scenario, and the profiles that it looks its times up in. Its errors are
// *scenario.InputError where the input is wrong.
type Source func() (*scenario.Scenario, *compile.Profiles, error)

// File reads a scenario or hardware file, or an embedded machine by name, with the profiles that it names.
func File(file string, opt scenario.Options) Source {
	return func() (*scenario.Scenario, *compile.Profiles, error) {
		s, err := scenario.Load(file, opt)
		if err != nil {
			return nil, nil, err
		}
		return Of(s)()
	}
}

// Of takes a scenario that was read before, with the profiles that it names.
func Of(s *scenario.Scenario) Source {
	return func() (*scenario.Scenario, *compile.Profiles, error) {
		profiles, err := compile.LoadProfiles(s)
		return s, profiles, err
	}
}

// From takes a file that was read once, with keys overridden by values: what studies of many variants do.
func From(file *scenario.Source, overrides ...scenario.Override) Source {
	return func() (*scenario.Scenario, *compile.Profiles, error) {
		s, err := file.Scenario(overrides...)
		if err != nil {
			return nil, nil, err
		}
		return Of(s)()
	}
}

// Measured takes a scenario whose times are all in one profile, as after measuring.
func Measured(s *scenario.Scenario, p *profile.Profile) Source {
	return func() (*scenario.Scenario, *compile.Profiles, error) {
		text, err := p.Encode()
		return s, compile.FromProfile(p, text), err
	}
}

// Compile is the first half of Predict: the system that would be simulated, and what its parts are. A live server
// that is to do the same takes its queue's rule and its traffic from it.
func Compile(source Source) (*compile.Built, error) {
	s, profiles, err := source()
	if err != nil {
		return nil, err
	}
	return compile.Build(s, profiles)
}

// Options say how to predict, beside what the scenario's [run] table says.
type Options struct {
	NoWhatIf bool               // leave out the what-if runs; the bottleneck is then what is busiest
	NoPI     bool               // leave out what one live run will show
	Horizon  time.Duration      // the length of that run after its warm-up; 0 means predict.DefaultHorizon
	Progress func(done float64) // hears the part that is done, 0 to 1; may be nil

	// For studies that compare predictions: Rounds has the prediction tell what each replication showed by and by. Until ends every replication at this simulated time instead of when the goals are
	// met, see predict.Options. Change changes the compiled system, in place, before it is simulated; what one live run will
	// show is then left out, as its times are drawn anew without the change.
	Rounds bool
	Until  time.Duration
	Limits []predict.MostLatency // see predict.Options
	Whole  bool                  // simulate all servers of a fleet, not a cell of it
	Change func(sys *engine.System, top *topology.Topology) error
}

// Predict reads, compiles and simulates a scenario. The same scenario, profile and seed give the same prediction
// but for Run.WallS, on any number of cores. It errs with *scenario.InputError on wrong input, and with the
// context's error when that ends first.
func Predict(ctx context.Context, source Source, opt Options) (*Prediction, error) {
	s, profiles, err := source()
	if err != nil {
		return nil, err
	}
	built, err := compile.Build(s, profiles)
	if err != nil {
		return nil, err
	}
	j := &job{s: s, profiles: profiles, built: built, opt: opt}
	if opt.Change != nil {
		if err := opt.Change(built.System, built.Topology); err != nil {
			return nil, err
		}
	}
	var p *Prediction
	if cell, half, ok := cellsOf(s, &opt); ok {
		p, err = j.inCells(ctx, cell, half)
	} else {
		p, err = j.whole(ctx)
	}
	if err != nil {
		return nil, err
	}
	if s.Price != nil {
		p.Price = predict.PriceOf(s.PricePerHour(), s.Price.Currency, p.ThroughputRPS)
	}
	p.Run.Scenario, p.Run.Profile = built.Scenario, built.Profile
	p.Warnings = append(built.Warnings, p.Warnings...)
	p.Notes, p.Scenario = append(built.Notes, p.Notes...), string(s.TOML())
	return p, nil
}

// job is a compiled scenario that is to be predicted.
type job struct {
	s           *scenario.Scenario
	profiles    *compile.Profiles
	built       *compile.Built
	opt         Options
	fleet       float64 // how many like it there are side by side; 0 for itself alone
	independent bool    // of each other
}

// whole simulates all of the job's system.
func (j *job) whole(ctx context.Context) (*Prediction, error) {
	run, opt := &j.s.Run, &j.opt
	goals := predict.Options{Replications: run.Replications, ThroughputGoal: run.ThroughputGoal, P99Goal: run.P99Goal,
		MaxEvents: run.MaxEvents, NoWhatIf: opt.NoWhatIf, NoPI: opt.NoPI || opt.Change != nil, Horizon: opt.Horizon, Fleet: j.fleet, Independent: j.independent,
		Until: opt.Until, Rounds: opt.Rounds, Limits: opt.Limits}
	if j.built.Sampled {
		goals.Resample = resampling(j.s, j.profiles, cmp.Or(opt.Horizon, predict.DefaultHorizon))
	}
	p, err := predict.Run(ctx, j.built.System, j.built.Topology, goals, opt.Progress)
	var long *predict.TooLongError
	if errors.As(err, &long) {
		return nil, scenario.BadInput(j.s.File(), "%v", long)
	}
	if err == nil && p.PI != nil {
		addUnknown(p, j.built)
	}
	return p, err
}

// Replay predicts a live run of a length whose load draws its traffic from a seed; see predict.Replay.
func Replay(ctx context.Context, source Source, seed uint64, span time.Duration) (predict.Replayed, error) {
	built, err := Compile(source)
	if err != nil {
		return predict.Replayed{}, err
	}
	return predict.Replay(ctx, built.System, seed, span)
}
