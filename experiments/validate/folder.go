package validate

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"vsim/profile/userfile"
	"vsim/sim/scenario"
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
	if err := s.ownPage(); err != nil {
		return err
	}
	earlier, err := s.earlierCases()
	if err != nil {
		return err
	}
	for _, path := range append(s.top(), earlier...) {
		if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	s.cleared = true
	return nil
}

// ownPage refuses a folder whose README.md no validation wrote.
func (s *store) ownPage() error {
	if _, err := os.Lstat(s.path(pageFile)); err != nil {
		return nil // there is none; whether the folder can be written is asked elsewhere
	}
	text, err := userfile.Read(s.path(pageFile), userfile.MaxConfigBytes)
	if err == nil && bytes.HasPrefix(text, []byte(markdownHead)) {
		return nil
	}
	return scenario.BadInput("--output "+s.dir, "has a %s that no validation wrote; name another folder", pageFile)
}

// top are the paths of the files beside the folder of cases.
func (s *store) top() (out []string) {
	for _, name := range topFiles {
		out = append(out, s.path(name))
	}
	return out
}

// Outputs lists what a validation may write over or remove in its folder: the files of an earlier one, and those in its
// folder of cases.
func Outputs(dir string) []string {
	s := store{dir: dir}
	paths := s.top()
	cases, _ := os.ReadDir(s.path(casesFolder)) // none where there is no folder
	for _, e := range cases {
		paths = append(paths, filepath.Join(s.path(casesFolder), e.Name()))
	}
	return paths
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
		text, err := userfile.Read(path, userfile.MaxConfigBytes)
		if err != nil {
			return nil, err
		}
		if bytes.HasPrefix(text, []byte(caseHead)) {
			out = append(out, path)
		}
	}
	return out, err
}

// wrote says whether anything of this validation is there.
func (s *store) wrote() bool { return s != nil && s.cleared }

// kept says which files are there where there is no report, "" without a folder.
func (s *store) kept() string {
	switch {
	case s == nil:
		return ""
	case !s.wrote():
		return s.dir + " has nothing new"
	}
	var names []string
	for _, name := range []string{profileFile, liveFile} {
		if _, err := os.Stat(s.path(name)); err == nil {
			names = append(names, name)
		}
	}
	if len(s.files.Cases) > 0 {
		names = append(names, fmt.Sprintf("%d scenarios in %s", len(s.files.Cases), casesFolder))
	}
	return fmt.Sprintf("%s keeps %s", s.dir, strings.Join(names, ", "))
}

// Kept says in one line what a folder keeps beside a report, and how a case is predicted again; "" where nothing is.
func (r *Report) Kept(dir string) string {
	if r.Files == nil {
		return ""
	}
	line := fmt.Sprintf("the report, the profile and the live runs are in %s", dir)
	if len(r.Files.Cases) == 0 {
		return line
	}
	return fmt.Sprintf("%s; predict a case again: vsim simulate %s --profile %s", line,
		word(filepath.Join(dir, r.Files.Cases[0].Path)), word(filepath.Join(dir, r.Files.Profile.Path)))
}

// word is a path as one word of a shell's command.
func word(path string) string {
	if strings.IndexFunc(path, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("/._-+,:@%", r)
	}) < 0 {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
