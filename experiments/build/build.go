// Package build turns a scenario and profiles into the system that the simulator takes: one file for
// each kind of pipeline.
package build

import (
	"vsim/experiments/predict"
	"vsim/experiments/scenario"
	"vsim/profile"
	"vsim/sim"
	"vsim/sim/random"
)

// Built is a system ready to be simulated and what its report must say.
type Built struct {
	System   *sim.System
	Options  predict.Options
	Scenario string   // "sha256:..." of the expanded scenario
	Profile  string   // "name sha256:..." of each profile used, joined by "; "
	Notes    []string // for people: what is simulated, defaults, where figures come from
	Warnings []string // for the prediction: interpolated and extrapolated points, ...
}

// Label writes into a prediction what only the builder knows: the hashes and the warnings.
func (b *Built) Label(p *predict.Prediction) {
	p.Run.Scenario, p.Run.Profile = b.Scenario, b.Profile
	p.Warnings = append(append([]string{}, b.Warnings...), p.Warnings...)
}

// builder is a system in the making. Faults are collected, so that a user sees all that a profile
// lacks at once; a system with faults is never returned.
type builder struct {
	s        *scenario.Scenario
	profiles *Profiles
	sys      *sim.System
	faults   []scenario.Fault
	supports map[string]*supportCount // of looked-up batch sizes, by stage
	used     []*loaded                // profiles that gave figures
	samplers map[*profile.Service]*random.Sampler
}

// Build makes the system of a scenario. profiles may be nil for a synthetic scenario. The error is a
// *scenario.InputError that names what the profile lacks.
func Build(s *scenario.Scenario, profiles *Profiles) (*Built, error) {
	b := &builder{s: s, profiles: profiles, sys: &sim.System{Seed: s.Run.Seed}, supports: map[string]*supportCount{},
		samplers: map[*profile.Service]*random.Sampler{}}
	switch {
	case s.Synthetic():
		b.synthetic()
	case s.Pipeline.Inference == "gpu":
		b.classifyGPU()
	default:
		b.classifyCPU()
	}
	b.source()
	if len(b.faults) > 0 {
		return nil, &scenario.InputError{Faults: b.faults}
	}
	hash, err := s.Hash()
	if err != nil {
		return nil, err
	}
	return &Built{
		System: b.sys, Scenario: hash, Profile: b.profileLabel(),
		Notes: b.notes(), Warnings: b.warnings(),
		Options: predict.Options{Replications: s.Run.Replications, ThroughputGoal: s.Run.ThroughputGoal,
			P99Goal: s.Run.P99Goal, MaxEvents: s.Run.MaxEvents},
	}, nil
}

// fault notes an error about a key of the scenario ("" for the profile as a whole).
func (b *builder) fault(key string, err error) {
	f := scenario.Fault{File: b.s.File(), Key: key, Rule: err.Error()}
	for _, have := range b.faults {
		if have == f {
			return
		}
	}
	b.faults = append(b.faults, f)
}

// resource adds a resource and returns its index.
func (b *builder) resource(r sim.Resource) int {
	b.sys.Resources = append(b.sys.Resources, r)
	return len(b.sys.Resources) - 1
}

// node adds pools and a node that spreads requests over them, to the one with the fewest outstanding.
func (b *builder) node(pools ...sim.Pool) {
	n := sim.Node{Balance: sim.LeastOutstanding}
	for _, p := range pools {
		n.Pools = append(n.Pools, len(b.sys.Pools))
		b.sys.Pools = append(b.sys.Pools, p)
	}
	b.sys.Route = append(b.sys.Route, n)
}

// classes makes one class of request for every image size.
func (b *builder) classes() {
	for _, im := range b.s.Pipeline.Images {
		b.sys.Classes = append(b.sys.Classes, sim.Class{Name: im.Size, Weight: im.Weight})
	}
}

// shared makes the kinds of jobs on a resource and what they cost each other, as far as the profile
// has measured it.
func (b *builder) shared(r sim.Resource, resource string, kinds ...sim.Kind) int {
	r.Kinds = kinds
	if p := b.profiles.of(resource); p != nil {
		r.Excess = excess(p.Profile, resource, kinds)
	}
	return b.resource(r)
}

func excess(p *profile.Profile, resource string, kinds []sim.Kind) [][]sim.Curve {
	any := false
	table := make([][]sim.Curve, len(kinds))
	for i, stage := range kinds {
		table[i] = make([]sim.Curve, len(kinds))
		for j, beside := range kinds {
			for _, c := range p.SlowdownCurve(resource, stage.Name, beside.Name) {
				any = true
				table[i][j] = append(table[i][j], sim.CurvePoint{Neighbours: float64(c.Neighbours), Excess: c.Slowdown - 1})
			}
		}
	}
	if !any {
		return nil
	}
	return table
}
