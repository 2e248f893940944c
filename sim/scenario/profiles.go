package scenario

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"path/filepath"
	"sync"

	"vsim/hardware"
	"vsim/profile"
	"vsim/profile/userfile"
)

// Measurement is a profile with the hash of its text.
type Measurement struct {
	*profile.Profile
	Hash string // "sha256:..."
}

// measurements are profiles that were read once, by their names in the scenario.
type measurements struct{ byName sync.Map }

// reading is one profile, read when it is first asked for.
type reading struct {
	once sync.Once
	m    *Measurement
	err  error
}

// OpenProfile reads a profile by embedded name or by path, once for all scenarios of a source. It is not to be changed.
func (s *Scenario) OpenProfile(name string) (*Measurement, error) {
	if s.profiles == nil {
		return openProfile(name, s.Path(name))
	}
	entry, _ := s.profiles.byName.LoadOrStore(name, &reading{})
	r := entry.(*reading)
	r.once.Do(func() { r.m, r.err = openProfile(name, s.Path(name)) })
	return r.m, r.err
}

// embedded are the profiles of this program that were read.
var embedded measurements

func openProfile(name, path string) (*Measurement, error) {
	if text, ok := hardware.Profile(name); ok {
		entry, _ := embedded.byName.LoadOrStore(name, &reading{})
		r := entry.(*reading)
		r.once.Do(func() { r.m, r.err = parseProfile(name+" (embedded)", text) })
		return r.m, r.err
	}
	text, err := userfile.Read(path, userfile.MaxConfigBytes)
	if err == nil {
		return parseProfile(path, text)
	}
	remedy := "measure one with vsim profile (--cpu, --gpu 0 or --broker kafka) and -o " + filepath.Base(path)
	if n := Nearest(name, hardware.Profiles()); n != "" {
		remedy = "did you mean \"" + n + "\", which is embedded?"
	}
	return nil, errors.New("profile " + path + " cannot be read: " + userfile.Reason(err).Error() + "; " + remedy)
}

func parseProfile(name string, text []byte) (*Measurement, error) {
	p, err := profile.Parse(name, text)
	if err != nil {
		return nil, err
	}
	return &Measurement{Profile: p, Hash: HashText(text)}, nil
}

// HashText is the SHA-256 of a profile's text, "sha256:...".
func HashText(text []byte) string {
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// ProfileOf gives the profile that serves a type of resource of the machine, "cpu" or "gpu": the scenario's, where it
// has figures of it, else the resource's own. It is nil where none is named or the one that is cannot be read.
func (s *Scenario) ProfileOf(resource string) *Measurement {
	if s.Profile != "" {
		if m, err := s.OpenProfile(s.Profile); err == nil && m.Has(resource) {
			return m
		}
	}
	own := map[string]string{"cpu": s.CPU.Profile, "gpu": s.GPU.Profile}[resource]
	if own == "" {
		return nil
	}
	m, err := s.OpenProfile(own)
	if err != nil {
		return nil
	}
	return m
}

// OwnFile gives the path of a person's own model or folder of pictures by its name in the scenario's profiles, as vsim
// profile takes it; "" where they know none.
func (s *Scenario) OwnFile(name string) string {
	for _, resource := range []string{"cpu", "gpu"} {
		if m := s.ProfileOf(resource); m != nil && m.Provenance.Files[name] != "" {
			return m.Provenance.Files[name]
		}
	}
	return ""
}
