package build

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"vsim/experiments/scenario"
	"vsim/hardware"
	"vsim/profile"
)

// Profiles holds the profile that serves each resource: cpu, gpu and link.
type Profiles struct {
	resources map[string]*loaded
}

// loaded is a profile with the hash of its text.
type loaded struct {
	*profile.Profile
	hash string
}

// of returns the profile that serves a resource, or nil.
func (p *Profiles) of(resource string) *loaded {
	if p == nil {
		return nil
	}
	return p.resources[resource]
}

// LoadProfiles reads the profiles that a scenario names. The scenario's profile key serves every
// resource that it has figures of; cpu.profile, gpu.profile and link.profile serve the rest. The error
// is a *scenario.InputError.
func LoadProfiles(s *scenario.Scenario) (*Profiles, error) {
	out := &Profiles{resources: map[string]*loaded{}}
	if s.Synthetic() {
		return out, nil
	}
	var faults []scenario.Fault
	load := func(key, name string) *loaded {
		if name == "" {
			return nil
		}
		l, err := open(s, name)
		if err != nil {
			faults = append(faults, scenario.Fault{File: s.File(), Key: key, Rule: err.Error()})
			return nil
		}
		return l
	}
	for _, r := range []struct{ resource, name string }{
		{"cpu", s.CPU.Profile}, {"gpu", s.GPU.Profile}, {"link", s.Link.Profile},
	} {
		if l := load(r.resource+".profile", r.name); l != nil {
			out.resources[r.resource] = l
		}
	}
	if l := load("profile", s.Profile); l != nil {
		for _, resource := range []string{"cpu", "gpu", "link"} {
			if hasResource(l.Profile, resource) {
				out.resources[resource] = l
			}
		}
	}
	if len(faults) > 0 {
		return nil, &scenario.InputError{Faults: faults}
	}
	return out, nil
}

// FromProfile serves every resource from one profile that is already in memory, as after measuring.
// text is the profile file's content, which is hashed.
func FromProfile(p *profile.Profile, text []byte) *Profiles {
	l := &loaded{Profile: p, hash: hash(text)}
	out := &Profiles{resources: map[string]*loaded{}}
	for _, resource := range []string{"cpu", "gpu", "link"} {
		if hasResource(p, resource) {
			out.resources[resource] = l
		}
	}
	return out
}

// open reads a profile by embedded name or by path.
func open(s *scenario.Scenario, name string) (*loaded, error) {
	if text, ok := hardware.Profile(name); ok {
		return parse(name+" (embedded)", text)
	}
	path := s.Path(name)
	text, err := os.ReadFile(path)
	if err == nil {
		return parse(path, text)
	}
	var p *os.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	remedy := "measure one with vsim profile --cpu -o " + filepath.Base(path)
	if n := scenario.Nearest(name, hardware.Profiles()); n != "" {
		remedy = "did you mean \"" + n + "\", which is embedded?"
	}
	return nil, errors.New("profile " + path + " cannot be read: " + err.Error() + "; " + remedy)
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
