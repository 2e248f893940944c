package compile

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"vsim/hardware"
	"vsim/profile"
	"vsim/sim/scenario"
	"vsim/sim/scenario/userfile"
)

// Profiles holds the profiles that a scenario names.
type Profiles struct {
	general *loaded            // comes first, for every type of resource that it has figures of
	named   map[string]*loaded // those of single resources, by the name in the scenario
}

// loaded is a profile with the hash of its text.
type loaded struct {
	*profile.Profile
	hash string
}

// of returns the profile that serves a type of resource of which the scenario names one, or nil.
func (p *Profiles) of(resource, name string) *loaded {
	switch {
	case p == nil:
		return nil
	case p.general != nil && hasResource(p.general.Profile, resource):
		return p.general
	}
	return p.named[name]
}

// LoadProfiles reads the profiles that a scenario names. The scenario's profile key serves every type
// of resource that it has figures of; the profile keys of cpu, gpu, link and [[resource]] serve the
// rest. The error is a *scenario.InputError.
func LoadProfiles(s *scenario.Scenario) (*Profiles, error) {
	out := &Profiles{named: map[string]*loaded{}}
	var faults []scenario.Fault
	tried := map[string]bool{}
	load := func(key, name string) *loaded {
		if name == "" || tried[name] {
			return out.named[name]
		}
		tried[name] = true
		l, err := open(s, name)
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
	out.general = load("profile", s.Profile)
	if len(faults) > 0 {
		return nil, &scenario.InputError{Faults: faults}
	}
	return out, nil
}

// FromProfile serves every resource from one profile that is already in memory, as after measuring.
// text is the profile file's content, which is hashed.
func FromProfile(p *profile.Profile, text []byte) *Profiles {
	return &Profiles{general: &loaded{Profile: p, hash: hash(text)}}
}

// open reads a profile by embedded name or by path.
func open(s *scenario.Scenario, name string) (*loaded, error) {
	if text, ok := hardware.Profile(name); ok {
		return parse(name+" (embedded)", text)
	}
	path := s.Path(name)
	text, err := userfile.Read(path, userfile.MaxConfigBytes)
	if err == nil {
		return parse(path, text)
	}
	remedy := "measure one with vsim profile --cpu -o " + filepath.Base(path)
	if n := scenario.Nearest(name, hardware.Profiles()); n != "" {
		remedy = "did you mean \"" + n + "\", which is embedded?"
	}
	return nil, errors.New("profile " + path + " cannot be read: " + userfile.Reason(err).Error() + "; " + remedy)
}

func parse(name string, text []byte) (*loaded, error) {
	p, err := profile.Parse(name, text)
	if err != nil {
		return nil, err
	}
	return &loaded{Profile: p, hash: hash(text)}, nil
}

func hash(text []byte) string {
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func hasResource(p *profile.Profile, resource string) bool {
	for _, s := range p.Services {
		if s.Resource == resource {
			return true
		}
	}
	return false
}

// profileLabel names the profiles that gave figures: "name sha256:...; ...".
func (b *builder) profileLabel() string {
	var labels []string
	for _, l := range b.used {
		labels = append(labels, l.Name+" "+l.hash)
	}
	return strings.Join(labels, "; ")
}
