package compile

import (
	"fmt"
	"strings"

	"vsim/profile"
	"vsim/sim/scenario"
)

// Profiles holds the profiles that a scenario names.
type Profiles struct {
	general *scenario.Measurement            // comes first, for every type of resource that it has figures of
	named   map[string]*scenario.Measurement // those of single resources, by the name in the scenario
}

// of returns the profile that serves a type of resource of which the scenario names one, or nil.
func (p *Profiles) of(resource, name string) *scenario.Measurement {
	switch {
	case p == nil:
		return nil
	case p.general != nil && p.general.Has(resource):
		return p.general
	}
	return p.named[name]
}

// LoadProfiles reads the profiles that a scenario names. The scenario's profile key serves every type
// of resource that it has figures of; the profile keys of cpu, gpu, link and [[resource]] serve the
// rest. The error is a *scenario.InputError.
func LoadProfiles(s *scenario.Scenario) (*Profiles, error) {
	out := &Profiles{named: map[string]*scenario.Measurement{}}
	var faults []scenario.Fault
	tried := map[string]bool{}
	load := func(key, name string) *scenario.Measurement {
		if name == "" || tried[name] {
			return out.named[name]
		}
		tried[name] = true
		l, err := s.OpenProfile(name)
		if err != nil {
			faults = append(faults, scenario.Fault{File: s.File(), Key: key, Rule: err.Error()})
			return nil
		}
		out.named[name] = l
		return l
	}
	g := s.General()
	for i := range g.Resources {
		r := &g.Resources[i]
		load(r.Blame(fmt.Sprintf("resource.%d", i))+".profile", r.Profile)
	}
	for i := range g.Brokers {
		load(fmt.Sprintf("broker.%d.profile", i), g.Brokers[i].Profile)
	}
	out.general = load("profile", s.Profile)
	if len(faults) > 0 {
		return nil, &scenario.InputError{Faults: faults}
	}
	return out, nil
}

// FromProfile serves every resource from one profile that is already in memory, as after measuring.
// text is the profile file's content, which is hashed.
func FromProfile(p *profile.Profile, text []byte) *Profiles {
	return &Profiles{general: &scenario.Measurement{Profile: p, Hash: scenario.HashText(text)}}
}

// profileLabel names the profiles that gave figures: "name sha256:...; ...".
func (b *builder) profileLabel() string {
	var labels []string
	for _, l := range b.used {
		labels = append(labels, l.Name+" "+l.Hash)
	}
	return strings.Join(labels, "; ")
}
