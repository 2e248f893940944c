package validate

import (
	"bytes"
	"os"
	"path/filepath"
)

// caseHead begins the file of every case's scenario.
const caseHead = `# Case "`

// clear removes the files of an earlier validation, once, right before the first new one is written: a validation that
// comes to nothing leaves them, and old and new are never mixed. The report goes first, so that none names files that
// are gone.
func (s *store) clear() error {
	if s.cleared {
		return nil
	}
	earlier, err := s.earlierCases()
	if err != nil {
		return err
	}
	for _, path := range append([]string{s.path(reportFile), s.path(liveFile), s.path(profileFile)}, earlier...) {
		if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	s.cleared = true
	return nil
}

// earlierCases are the files of cases that a validation wrote; others in their folder are the user's.
func (s *store) earlierCases() (out []string, err error) {
	entries, err := os.ReadDir(s.path(casesFolder))
	if os.IsNotExist(err) {
		return nil, nil
	}
	for _, e := range entries {
		path := filepath.Join(s.path(casesFolder), e.Name())
		if filepath.Ext(path) != ".toml" || !e.Type().IsRegular() {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if bytes.HasPrefix(text, []byte(caseHead)) {
			out = append(out, path)
		}
	}
	return out, err
}
