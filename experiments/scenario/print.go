package scenario

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"strconv"

	"github.com/BurntSushi/toml"
)

// TOML prints the scenario expanded: the machine's keys and all defaults written out. Reading it back
// from the same folder gives the same scenario.
func (s *Scenario) TOML() ([]byte, error) {
	full := *s
	full.Hardware = "" // its keys stand in the tables
	var b bytes.Buffer
	enc := toml.NewEncoder(&b)
	enc.Indent = ""
	err := enc.Encode(&full)
	return b.Bytes(), err
}

// Hash is the SHA-256 of the expanded scenario, "sha256:...". Names for people and the paths of
// profiles do not count (a profile has a hash of its own), so that the same system has the same hash
// wherever its files lie.
func (s *Scenario) Hash() (string, error) {
	bare := *s
	bare.Name, bare.Profile = "", ""
	bare.CPU.Profile, bare.GPU.Profile, bare.Link.Profile = "", "", ""
	bare.CPU.Model, bare.GPU.Model = "", ""
	text, err := bare.TOML()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}

func itoa(i int) string { return strconv.Itoa(i) }

// File is the scenario's file as the user named it, for errors.
func (s *Scenario) File() string { return s.file }

// Path resolves a path that the scenario holds, which is relative to its file.
func (s *Scenario) Path(p string) string {
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(s.dir, p)
}
