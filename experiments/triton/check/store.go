package check

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"vsim/experiments/validate"
	"vsim/profile"
	"vsim/profile/userfile"
	"vsim/sim/scenario"
)

// Files of a folder of results, beside those that validate.Report.Pages names.
const (
	reportFile  = "report.json"
	liveFile    = "live.jsonl"
	curvesSVG   = "curves.svg"
	curvesPNG   = "curves.png"
	pageFile    = "README.md"
	casesFolder = "cases"
)

// store is a folder into which is written what was found, as it is found. A nil store writes nothing.
type store struct {
	dir  string
	runs bytes.Buffer // the live runs so far
}

// newStore makes the folder, nil for "", and tries to write there. It refuses one whose page is a user's own.
func newStore(dir string) (*store, error) {
	if dir == "" {
		return nil, nil
	}
	s := &store{dir: dir}
	err := os.MkdirAll(s.path(casesFolder), 0o755)
	if err == nil {
		err = profile.Writable(s.path(reportFile))
	}
	if err != nil {
		return nil, scenario.BadInput("--output "+dir, "cannot be written into: %v; name another folder", err)
	}
	text, err := userfile.Read(s.path(pageFile), userfile.MaxConfigBytes)
	if err == nil && !bytes.HasPrefix(text, []byte(validate.PageHead)) || err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, scenario.BadInput("--output "+dir, "has a %s that no validation wrote; name another folder", pageFile)
	}
	return s, nil
}

func (s *store) path(name string) string { return filepath.Join(s.dir, name) }

func (s *store) write(name string, text []byte) error { return profile.WriteFile(s.path(name), text) }

// forecast writes the scenario of a case, and the profile that it looks times up in.
func (s *store) forecast(c *Case, f *forecast) error {
	if s == nil {
		return nil
	}
	name := fmt.Sprintf("profile-%s.toml", c.Model)
	text, err := f.profile.Encode()
	if err == nil {
		err = s.write(name, text)
	}
	if err != nil {
		return err
	}
	head := fmt.Sprintf("# %s: a case of vsim validate triton. Predict it: vsim simulate THIS --profile ../%s\n", c.Name, name)
	return s.write(filepath.Join(casesFolder, c.slug()+".toml"), append([]byte(head), f.text...))
}

// record is a line of the file of live runs. Times are seconds.
type record struct {
	Case        string             `json:"name"`
	Round       int                `json:"round"` // from 1
	MeasuredS   float64            `json:"measured_s,omitempty"`
	Seed        uint64             `json:"seed,omitempty"` // of the traffic
	OfferedRPS  float64            `json:"offered_rps,omitempty"`
	Completed   int                `json:"completed"`
	Failed      int                `json:"failed"`
	Unanswered  int                `json:"unanswered"`
	Dropped     map[string]int     `json:"dropped,omitempty"`
	Throughput  float64            `json:"throughput_rps"`
	MeanS       float64            `json:"latency_mean_s"`
	P50S        float64            `json:"latency_p50_s"`
	P99S        float64            `json:"latency_p99_s"`
	Splits      []Split            `json:"server,omitempty"`
	ClassS      map[string]float64 `json:"latency_mean_by_class_s,omitempty"`
	ServerCores float64            `json:"server_cores"`
	OwnCores    float64            `json:"own_cores"`
	OtherCores  float64            `json:"other_cores"`     // that other processes used
	Error       string             `json:"error,omitempty"` // why the run is not compared
	// What the reference job of package measure took before and after the run: a slow machine is slow there, too.
	ReferenceNs [2]float64 `json:"reference_ns"`
}

// live adds a live run, with what the reference job took around it; shown is nil where there is none.
func (s *store) live(c *Case, round int, shown *Shown, referenceNs [2]float64, err error) error {
	if s == nil {
		return nil
	}
	out := record{Case: c.Name, Round: round + 1, OfferedRPS: c.rps, ReferenceNs: referenceNs}
	if err != nil {
		out.Error = err.Error()
	}
	if shown != nil {
		out.MeasuredS, out.Seed, out.Completed, out.Failed, out.Unanswered = shown.Span.Seconds(), shown.seed, shown.Completed, shown.Failed, shown.Unanswered
		out.Dropped, out.Throughput, out.Splits, out.ClassS = shown.Dropped, shown.ThroughputRPS, shown.Splits, shown.ClassS
		out.ServerCores, out.OwnCores, out.OtherCores = shown.ServerCores, shown.OwnCores, shown.OtherCores
		if shown.Completed > 0 {
			out.MeanS, out.P50S, out.P99S = shown.Mean(), shown.Quantile(0.5), shown.Quantile(0.99)
		}
	}
	line, err := json.Marshal(out)
	if err != nil {
		return err
	}
	s.runs.Write(append(line, '\n'))
	return s.write(liveFile, s.runs.Bytes())
}

// report writes a report.
func (s *store) report(r *Report) error {
	if s == nil {
		return nil
	}
	pages, err := r.Pages()
	if err != nil {
		return err
	}
	for _, page := range pages {
		if page.Name == pageFile {
			page.Text = append(page.Text, r.page()...)
		}
		if err := s.write(page.Name, page.Text); err != nil {
			return err
		}
	}
	for name, format := range map[string]string{curvesSVG: "svg", curvesPNG: "png"} {
		picture, err := r.draw(format)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := s.write(name, picture); err != nil {
			return err
		}
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return s.write(reportFile, append(text, '\n'))
}
