// Package sweep predicts every point of a grid of scenarios and keeps a row of each: in a folder that an interrupted or
// killed sweep goes on in, on one machine or in shards that know nothing of each other and are merged afterwards. The
// rows hold no times of the machine that made them, so that the same sweep gives the same bytes however it was run.
package sweep

import (
	"errors"
	"fmt"

	"vsim/experiments/study"
	"vsim/sim"
	"vsim/sim/compile"
	"vsim/sim/scenario"
)

// Options say what is varied, and which part of the points is wanted.
type Options struct {
	Set     []string // "key=value" each, for every point
	Profile string   // a profile's embedded name or path; "" for the file's
	Vary    []string // "key=values" each, as study.ParseAxis reads them
	Zip     bool     // the first values of all keys together, then the second ones; else each value with each
	Shard   Shard    // the zero value for all points
}

// Sweep is a scenario and the points at which it is predicted.
type Sweep struct {
	file   string
	opt    Options
	axes   []study.Axis
	whole  []study.Point // all of them
	points []study.Point // those of the shard
	source *scenario.Source
	inputs []string // paths of the files that are read
	plan   plan
}

// New reads the scenario and the axes, and sees that some point can be simulated. The error is a *scenario.InputError
// where the input is wrong.
func New(file string, opt Options) (*Sweep, error) {
	axes, err := parseAxes(opt)
	if err != nil {
		return nil, err
	}
	span := study.Product
	if opt.Zip {
		span = study.Zip
	}
	whole, err := span(axes)
	if err != nil {
		return nil, err
	}
	source, err := scenario.Open(file)
	if err != nil {
		return nil, err
	}
	s := &Sweep{file: file, opt: opt, axes: axes, whole: whole, points: opt.Shard.of(whole), source: source}
	if err := s.someIsValid(); err != nil {
		return nil, err
	}
	s.inputs = s.filesOfPoints()
	s.plan = s.newPlan()
	return s, nil
}

// Inputs are the paths of the files that the sweep reads.
func (s *Sweep) Inputs() []string { return s.inputs }

// parseAxes reads all axes, and says all that is wrong with them.
func parseAxes(opt Options) (axes []study.Axis, err error) {
	bad := &scenario.InputError{}
	for _, text := range opt.Vary {
		a, err := study.ParseAxis(text)
		if err != nil {
			bad.Faults = append(bad.Faults, err.(*scenario.InputError).Faults...)
		}
		axes = append(axes, a)
	}
	for _, text := range opt.Set {
		set, err := scenario.ParseOverride(text)
		if err != nil {
			bad.Faults = append(bad.Faults, err.(*scenario.InputError).Faults...)
		}
		for _, a := range axes {
			if err == nil && a.Key == set.Key {
				bad.Faults = append(bad.Faults, scenario.Fault{File: "--set", Key: set.Key, Rule: "is varied too", Remedy: "leave out its --set or its --vary"})
			}
		}
	}
	if len(bad.Faults) > 0 {
		return nil, bad
	}
	return axes, nil
}

// at is the scenario of a point.
func (s *Sweep) at(p study.Point) (*scenario.Scenario, error) {
	overrides, err := p.Overrides(s.axes)
	if err != nil {
		return nil, err
	}
	return s.source.With(scenario.Options{Set: s.opt.Set, Profile: s.opt.Profile}, overrides...)
}

// sourceOf is what to predict at a point.
func (s *Sweep) sourceOf(p study.Point) sim.Source {
	return func() (*scenario.Scenario, *compile.Profiles, error) {
		at, err := s.at(p)
		if err != nil {
			return nil, nil, err
		}
		return sim.Of(at)()
	}
}

// looked is at how many points a sweep looks, before it begins, for one that can be simulated.
const looked = 1000

// someIsValid errs with what is wrong at the first point where the first ones are all wrong: a key that is misspelt makes no
// folder of rows that say so.
func (s *Sweep) someIsValid() error {
	var first error
	for _, p := range s.whole[:min(len(s.whole), looked)] {
		_, err := sim.Compile(s.sourceOf(p))
		if err == nil {
			return nil
		}
		if first == nil {
			first = s.byVary(err)
		}
	}
	if len(s.whole) > looked {
		return nil
	}
	return first
}

// byVary says of faults in keys that are varied that --vary named them.
func (s *Sweep) byVary(err error) error {
	var wrong *scenario.InputError
	if !errors.As(err, &wrong) {
		return err
	}
	out := &scenario.InputError{}
	for _, f := range wrong.Faults {
		if f.File == "--set" && s.varies(f.Key) {
			f.File = "--vary"
		}
		out.Faults = append(out.Faults, f)
	}
	return out
}

// lineOf is the row of a point, of its prediction or of what is wrong with its input.
func (s *Sweep) lineOf(p study.Point, predicted *sim.Prediction, err error) ([]byte, error) {
	switch wrong := (*scenario.InputError)(nil); {
	case errors.As(err, &wrong):
		return invalidLine(s.axes, p, s.byVary(err)), nil
	case err != nil:
		return nil, fmt.Errorf("point %d (%s): %w", p.Index, p.Name(s.axes), err)
	}
	return line(s.axes, p, predicted), nil
}
