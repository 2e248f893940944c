package sweep

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"vsim/experiments/study"
	"vsim/profile/userfile"
)

// varies tells whether a key, as a fault names it, or one that it lies in, is varied. Faults number what may be varied by name.
func (s *Sweep) varies(key string) bool {
	parts := strings.Split(key, ".")
	return slices.ContainsFunc(s.axes, func(a study.Axis) bool {
		varied := strings.Split(a.Key, ".")
		if len(varied) > len(parts) {
			return false
		}
		for i, part := range varied {
			if _, err := strconv.Atoi(parts[i]); part != parts[i] && err != nil {
				return false
			}
		}
		return true
	})
}

// filesOfPoints lists the files that points read, each once, by their paths.
func (s *Sweep) filesOfPoints() (paths []string) {
	for _, p := range s.namingFiles() {
		at, err := s.at(p)
		if err != nil {
			continue // its row says so
		}
		for _, path := range at.Files() {
			if !slices.Contains(paths, path) {
				paths = append(paths, path)
			}
		}
	}
	slices.Sort(paths)
	return paths
}

// namingFiles are points that name every file that the sweep reads. A number names none: where all values are numbers, the first
// point will do. Of many points it is those that differ from the first in one value.
func (s *Sweep) namingFiles() []study.Point {
	first := s.whole[0]
	if !slices.ContainsFunc(s.axes, func(a study.Axis) bool { return slices.ContainsFunc(a.Values, isText) }) {
		return []study.Point{first}
	}
	if len(s.whole) <= looked || s.opt.Zip {
		return s.whole
	}
	out := []study.Point{first}
	for k, a := range s.axes {
		for _, value := range a.Values[1:] {
			if isText(value) {
				values := slices.Clone(first.Values)
				values[k] = value
				out = append(out, study.Point{Values: values})
			}
		}
	}
	return out
}

func isText(value string) bool {
	_, err := strconv.ParseFloat(value, 64)
	return err != nil
}

// input is a file that a sweep reads: which it is, wherever it lies.
type input struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"` // "" where it cannot be read
}

// describe lists files, in an order that does not depend on where they lie.
func describe(paths []string) (out []input) {
	for _, path := range paths {
		one := input{Name: filepath.Base(path)}
		if text, err := userfile.Read(path, userfile.MaxTraceBytes); err == nil {
			one.SHA256 = sum(text)
		}
		out = append(out, one)
	}
	slices.SortFunc(out, func(a, b input) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.SHA256, b.SHA256)) })
	return out
}

func sum(text []byte) string {
	hash := sha256.Sum256(text)
	return hex.EncodeToString(hash[:])
}
