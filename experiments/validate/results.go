package validate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"vsim/profile"
	"vsim/profile/userfile"
	"vsim/sim/scenario"
)

// Names within a folder of results, beside those that Report.Pages gives.
const (
	ReportFile  = "report.json"
	LiveFile    = "live.jsonl"
	PageFile    = pageFile
	CasesFolder = "cases"
)

// Results is a folder into which a comparison beside vsim validate writes what it finds, as it finds it. A nil one writes nothing.
type Results struct {
	dir  string
	runs bytes.Buffer // the live runs so far
}

// NewResults makes the folder, nil for "", and tries to write there. It refuses one whose page is a user's own.
func NewResults(dir string) (*Results, error) {
	if dir == "" {
		return nil, nil
	}
	f := &Results{dir: dir}
	err := os.MkdirAll(f.path(CasesFolder), 0o755)
	if err == nil {
		err = profile.Writable(f.path(ReportFile))
	}
	if err != nil {
		return nil, scenario.BadInput("--output "+dir, "cannot be written into: %v; name another folder", err)
	}
	text, err := userfile.Read(f.path(PageFile), userfile.MaxConfigBytes)
	if err == nil && !bytes.HasPrefix(text, []byte(markdownHead)) || err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, scenario.BadInput("--output "+dir, "has a %s that no validation wrote; name another folder", PageFile)
	}
	return f, nil
}

func (f *Results) path(name string) string { return filepath.Join(f.dir, name) }

// Write writes a file of the folder.
func (f *Results) Write(name string, text []byte) error {
	if f == nil {
		return nil
	}
	return profile.WriteFile(f.path(name), text)
}

// Case writes the scenario of a case.
func (f *Results) Case(slug string, text []byte) error {
	return f.Write(filepath.Join(CasesFolder, slug+".toml"), text)
}

// Live adds the record of a live run, as a line of JSON.
func (f *Results) Live(record any) error {
	if f == nil {
		return nil
	}
	line, err := json.Marshal(record)
	if err != nil {
		return err
	}
	f.runs.Write(append(line, '\n'))
	return f.Write(LiveFile, f.runs.Bytes())
}

// Report writes what a report has for people, with more on its page and a picture as SVG and PNG, and then whole, which is the
// report with what a comparison has beside it.
func (f *Results) Report(r *Report, more []byte, picture string, draw func(format string) ([]byte, error), whole any) error {
	if f == nil {
		return nil
	}
	pages, err := r.Pages()
	if err != nil {
		return err
	}
	for _, page := range pages {
		if page.Name == PageFile {
			page.Text = append(page.Text, more...)
		}
		if err := f.Write(page.Name, page.Text); err != nil {
			return err
		}
	}
	for _, format := range []string{"svg", "png"} {
		text, err := draw(format)
		if err != nil {
			return fmt.Errorf("%s.%s: %w", picture, format, err)
		}
		if err := f.Write(picture+"."+format, text); err != nil {
			return err
		}
	}
	text, err := json.MarshalIndent(whole, "", "  ")
	if err != nil {
		return err
	}
	return f.Write(ReportFile, append(text, '\n'))
}
