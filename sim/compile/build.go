// Package compile turns a scenario and profiles into the system that the simulator takes. It knows the
// general form of scenarios alone; presets are written in it before they come here.
package compile

import (
	"cmp"
	"strconv"
	"strings"

	"vsim/profile"
	"vsim/sim/engine"
	"vsim/sim/engine/random"
	"vsim/sim/scenario"
	"vsim/sim/topology"
)

// Built is a system ready to be simulated, what its parts are, and what its report must say.
type Built struct {
	System   *engine.System
	Topology *topology.Topology
	Scenario string   // "sha256:..." of the scenario in the general form
	Profile  string   // "name sha256:..." of each profile used, joined by "; "
	Notes    []string // for people: what is simulated, defaults, where figures come from
	Warnings []string // for the prediction: interpolated and extrapolated points, ...

	// For the interval of one live run: whether drawing the profiles anew changes anything, what is not known of how far off
	// times are, in words, and what the model's own errors were, on this machine or as usual.
	Sampled   bool
	Unknown   []string
	Residuals []profile.Residual
	Usual     bool // Residuals are of another machine
}

// builder is a system in the making. Faults are collected, so that a user sees all that a profile
// lacks at once; a system with faults is never returned.
type builder struct {
	s        *scenario.Scenario // as written, for what people are told
	g        *scenario.Scenario // in the general form, lowered
	profiles *Profiles
	sys      *engine.System
	top      *topology.Topology
	faults   []scenario.Fault

	plans    []plan                              // of the stages
	devices  map[string]*device                  // of the resources, by name
	pools    [][]int                             // of each stage, its pools
	places   map[consumer]int                    // of consumers of brokers
	fetchers map[consumer]int                    // their pools
	fans     map[*scenario.Stage]*random.Counter // of fused stages, their copies
	latency  int                                 // resource on which transfers spend their fixed time, from 1; 0 when there is none
	supports []*support                          // of each step, in the order of the stages
	used     []*scenario.Measurement             // profiles that gave figures
	samplers map[*profile.Service]*random.Sampler
	assumed  bool // the spread of some time is
}

// Build makes the system of a scenario. profiles may be nil for a scenario that names none. The error
// is a *scenario.InputError that names what the profile lacks.
func Build(s *scenario.Scenario, profiles *Profiles) (*Built, error) {
	b := &builder{s: s, g: s.Lowered(), profiles: profiles, sys: &engine.System{Seed: s.Run.Seed}, top: &topology.Topology{},
		devices: map[string]*device{}, places: map[consumer]int{}, fetchers: map[consumer]int{}, fans: map[*scenario.Stage]*random.Counter{}, samplers: map[*profile.Service]*random.Sampler{}}
	b.classes()
	b.plan()
	b.resources()
	b.stages()
	b.route()
	b.servers()
	b.outages()
	b.source()
	b.promptClients()
	b.takesTime()
	b.background()
	if len(b.faults) > 0 {
		return nil, &scenario.InputError{Faults: b.faults}
	}
	b.perCore()
	b.turnaround()
	b.jitter()
	residuals, usual := b.residuals()
	return &Built{
		System: b.sys, Topology: b.top, Scenario: s.Hash(), Profile: b.profileLabel(),
		Notes: b.notes(), Warnings: b.warnings(),
		Sampled: b.sampled(), Unknown: b.unknown(), Residuals: residuals, Usual: usual,
	}, nil
}

// fault notes an error about a key of the scenario ("" for the profile as a whole).
func (b *builder) fault(key string, err error) { b.faultWith(key, err, "") }

// faultWith notes an error and what to do about it.
func (b *builder) faultWith(key string, err error, remedy string) {
	rule, how := scenario.Explain(err)
	f := scenario.Fault{File: b.s.File(), Key: key, Rule: rule, Remedy: cmp.Or(remedy, how)}
	for _, have := range b.faults {
		if have == f {
			return
		}
	}
	b.faults = append(b.faults, f)
}

// named is the key of an element of a list, by its name where --set can find it by that.
func named(list, name string, i int) string {
	if strings.ContainsAny(name, ".=") {
		name = strconv.Itoa(i)
	}
	return list + "." + name
}

// classes makes the classes of requests; one where none is written.
func (b *builder) classes() {
	for i := range b.g.Classes {
		c := &b.g.Classes[i]
		b.sys.Classes = append(b.sys.Classes, engine.Class{Name: c.Name, Weight: c.Weight, Priority: c.Priority, Items: b.count("workload.items", b.g.ItemsOf(c))})
	}
	if len(b.sys.Classes) == 0 {
		b.sys.Classes = []engine.Class{{Name: scenario.DefaultClass, Weight: 1, Items: b.count("workload.items", b.g.Workload.Items)}}
	}
}

// class finds a class by name; scenarios name none that is not there.
func (b *builder) class(name string) int {
	for i, c := range b.sys.Classes {
		if c.Name == name {
			return i
		}
	}
	return -1
}

// policies are the balancing policies by their names.
var policies = map[string]engine.Balance{
	"round-robin": engine.RoundRobin, "least-outstanding": engine.LeastOutstanding, "power-of-two": engine.PowerOfTwo, "random": engine.RandomPool,
}

func (b *builder) servers() {
	b.sys.Servers = engine.Servers{Count: b.g.Servers.Count, Balance: policies[b.g.Balance.Servers]}
}
