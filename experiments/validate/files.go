package validate

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"vsim/profile"
	"vsim/sim/scenario"
)

// Files are those beside a report, by their paths in its folder.
type Files struct {
	Profile File       `json:"profile"`
	Live    string     `json:"live"`
	Cases   []CaseFile `json:"cases"`
}

// File is a file that its hash tells from others of its name.
type File struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
}

// CaseFile is the scenario of a case.
type CaseFile struct {
	Case string `json:"name"`
	Path string `json:"path"`
}

const (
	reportFile  = "report.json"
	profileFile = "profile.toml"
	liveFile    = "live.jsonl"
	casesFolder = "cases"
)

// maxLive limits the file of the live runs. Records beyond it have no latencies.
const maxLive = 15 << 20

// store is a folder into which is written what was found, as it is found; each file is whole at any time. A nil store
// writes nothing.
type store struct {
	dir   string
	files Files
	size  int // of the file of live runs, in bytes
}

// newStore makes the folder, nil for "". Files of an earlier validation give way.
func newStore(dir string) (*store, error) {
	if dir == "" {
		return nil, nil
	}
	s := &store{dir: dir, files: Files{Live: liveFile, Cases: []CaseFile{}}}
	err := os.MkdirAll(s.path(casesFolder), 0o755)
	for _, name := range []string{reportFile, profileFile, liveFile} {
		if err == nil {
			if err = os.Remove(s.path(name)); os.IsNotExist(err) {
				err = nil
			}
		}
	}
	if err == nil {
		err = profile.WriteFile(s.path(liveFile), nil)
	}
	if err != nil {
		return nil, scenario.BadInput("--output "+dir, "cannot be written into: %v; name another folder", err)
	}
	return s, nil
}

func (s *store) path(name string) string { return filepath.Join(s.dir, name) }

// profile writes what has been profiled so far.
func (s *store) profile(text []byte) error { return profile.WriteFile(s.path(profileFile), text) }

// storeProfile writes what has been profiled so far, if anything has.
func (v *validation) storeProfile() error {
	if v.store == nil || len(v.benches) == 0 {
		return nil
	}
	f, err := v.newForecast()
	if err != nil || len(f.profile.Services) == 0 {
		return err
	}
	return v.store.profile(f.text)
}

// report writes a report, with the profile that it is predicted from, and notes in it which files belong to it.
func (s *store) report(r *Report, f *forecast) error {
	if s == nil {
		return nil
	}
	if err := s.profile(f.text); err != nil {
		return err
	}
	sum := sha256.Sum256(f.text)
	files := s.files
	files.Profile = File{profileFile, hex.EncodeToString(sum[:])}
	r.Files = &files
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return profile.WriteFile(s.path(reportFile), append(text, '\n'))
}

// cases writes the scenarios of the cases that can be predicted, numbered as in the matrix.
func (s *store) cases(m *Matrix, cases []*Case) error {
	if s == nil {
		return nil
	}
	for _, c := range cases {
		name := path.Join(casesFolder, fmt.Sprintf("%02d-%s.toml", 1+slices.Index(m.Cases, c), slug(c.Name)))
		text, err := c.text(m.File)
		if err != nil {
			return err
		}
		if err := profile.WriteFile(s.path(name), text); err != nil {
			return err
		}
		s.files.Cases = append(s.files.Cases, CaseFile{c.Name, name})
	}
	return nil
}

// caseFile is the path of a case's scenario, "" without one.
func (s *store) caseFile(c *Case) string {
	for _, f := range s.files.Cases {
		if f.Case == c.Name {
			return f.Path
		}
	}
	return ""
}

// text is the case's whole scenario, for any folder: its paths are absolute, and it names no profile, as all of it was
// predicted from the one that was measured.
func (c *Case) text(matrix string) ([]byte, error) {
	s := *c.Scenario
	s.Profile, s.CPU.Profile, s.GPU.Profile, s.Link.Profile = "", "", "", ""
	if s.Workload.File != "" {
		trace, err := filepath.Abs(s.Path(s.Workload.File))
		if err != nil {
			return nil, err
		}
		s.Workload.File = trace
	}
	head := fmt.Sprintf("# Case %q of %s. Predict it: vsim simulate THIS --profile ../%s\n", c.Name, matrix, profileFile)
	return append([]byte(strings.ReplaceAll(head, "\r", "")), s.TOML()...), nil
}

// slug is a name that is good for a file: letters and digits, with hyphens between.
func slug(name string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || unicode.IsDigit(r))
	}), "-")
}
