package validate

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"vsim/profile"
	"vsim/sim/scenario"
)

// Files are those beside a report, by their paths in its folder.
type Files struct {
	Profile File       `json:"profile"`
	Live    string     `json:"live"`
	Cases   []CaseFile `json:"cases"`
	// Of accuracy: a table, a page for people, and its plots.
	Accuracy []string `json:"accuracy,omitempty"`
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
	planFile    = "plan.json"
	profileFile = "profile.toml"
	liveFile    = "live.jsonl"
	casesFolder = "cases"

	csvFile      = "accuracy.csv"
	pageFile     = "README.md"
	scatterFile  = "scatter.svg"
	coverageFile = "coverage.svg"
)

// topFiles are those of a validation beside its folder of cases, the report first.
var topFiles = []string{reportFile, planFile, liveFile, profileFile, csvFile, pageFile, scatterFile, coverageFile}

// maxLive limits the file of the live runs. Records beyond it have no latencies.
const maxLive = 15 << 20

// store is a folder into which is written what was found, as it is found; each file is whole at any time. A nil store
// writes nothing.
type store struct {
	dir     string
	files   Files
	size    int  // of the file of live runs, in bytes
	cleared bool // what an earlier validation left is gone: all that is there is new
}

// newStore makes the folder, nil for "", and tries to write there.
func newStore(dir string) (*store, error) {
	if dir == "" {
		return nil, nil
	}
	s := &store{dir: dir, files: Files{Live: liveFile, Cases: []CaseFile{}}}
	if err := s.ownPage(); err != nil {
		return nil, err
	}
	err := s.try()
	if err != nil {
		return nil, scenario.BadInput("--output "+dir, "cannot be written into: %v; name another folder", err)
	}
	return s, nil
}

// try makes the folders and says whether files can be written into them.
func (s *store) try() error {
	if err := os.MkdirAll(s.path(casesFolder), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(s.dir, ".try-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

func (s *store) path(name string) string { return filepath.Join(s.dir, name) }

// profile writes what has been profiled so far.
func (s *store) profile(text []byte) error { return s.write(profileFile, text) }

// write writes a file of the folder.
func (s *store) write(name string, text []byte) error {
	if err := s.clear(); err != nil {
		return err
	}
	return profile.WriteFile(s.path(name), text)
}

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
	files.Accuracy = []string{csvFile, pageFile, scatterFile, coverageFile}
	r.Files = &files
	if err := s.accuracy(r); err != nil {
		return err
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return s.write(reportFile, append(text, '\n'))
}

// accuracy writes the table, the page and the plots of a report.
func (s *store) accuracy(r *Report) error {
	pages, err := r.Pages()
	if err != nil {
		return err
	}
	for _, p := range pages {
		if err := s.write(p.Name, p.Text); err != nil {
			return err
		}
	}
	return nil
}

// cases writes the scenarios of the cases that can be predicted, numbered as in the matrix.
func (s *store) cases(m *Matrix, cases []*Case) error {
	if s == nil {
		return nil
	}
	for _, c := range cases {
		name := path.Join(casesFolder, fileName(1+slices.Index(m.Cases, c), c.Name))
		text, err := c.text(m.File)
		if err != nil {
			return err
		}
		if err := s.write(name, text); err != nil {
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
	head := fmt.Sprintf("%s%s of %s. Predict it: vsim simulate THIS --profile ../%s\n", caseHead, strconv.Quote(c.Name)[1:], strconv.QuoteToGraphic(filepath.Base(matrix)), profileFile)
	return append([]byte(head), s.TOML()...), nil
}

// longestSlug is how many letters of a case's name stand in its file's name.
const longestSlug = 60

// fileName is the file of the case with a number, which tells it from others of like names.
func fileName(number int, name string) string {
	if short := slug(name); short != "" {
		return fmt.Sprintf("%02d-%s.toml", number, short)
	}
	return fmt.Sprintf("%02d.toml", number)
}

// slug is a name that is good for a file: ASCII letters and digits, with hyphens between, the first of them.
func slug(name string) string {
	all := strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9')
	}), "-")
	return strings.TrimRight(all[:min(len(all), longestSlug)], "-")
}
