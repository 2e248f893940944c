// Package live measures what the paper's figures predict: it profiles this machine and runs servers on it, and reads what such
// runs showed to be set beside predictions.
package live

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"vsim/experiments/paper"
	"vsim/experiments/validate"
	"vsim/sim/scenario"
)

// matrix has the cases that are run live.
const matrix = "cpu-figures"

// names of the files of a validation.
const (
	profileName = "profile.toml"
	reportName  = "report.json"
)

// Options say how to measure.
type Options struct {
	OrtLib   string
	CacheDir string
	Output   string // folder that keeps the profile, the live runs and the comparison
	Command  string // that all of it was asked for with
	Quick    bool   // some two minutes in place of eight: fewer cases, shorter runs
}

// effort is how long a measurement may take, and what it spends on each live run.
type effort struct{ limit, first, slice, measure time.Duration }

var (
	whole = effort{limit: 460 * time.Second, first: 10 * time.Second, slice: 4 * time.Second, measure: 8 * time.Second}
	quick = effort{limit: 110 * time.Second, first: 5 * time.Second, slice: 2 * time.Second, measure: 4 * time.Second}
)

// Run profiles this machine and runs the servers of figures 5, 6 and 7 live, each twice. It gives the profile's file; Beside reads the
// rest. Where some runs are missing, there is an error beside it.
func Run(ctx context.Context, opt Options, progress validate.Progress) (profile string, err error) {
	if opt.Quick {
		return run(ctx, opt, quick, validate.Quick, progress)
	}
	return run(ctx, opt, whole, validate.Standard, progress)
}

func run(ctx context.Context, opt Options, e effort, level validate.Level, progress validate.Progress) (profile string, err error) {
	m, err := validate.Read(matrix, nil, e.measure)
	if err != nil {
		return "", err
	}
	if err := m.At(level); err != nil {
		return "", err
	}
	r, err := validate.Run(ctx, m, validate.Options{OrtLib: opt.OrtLib, CacheDir: opt.CacheDir, Rounds: 2, First: e.first, Slice: e.slice,
		Limit: e.limit, Command: opt.Command, Output: opt.Output}, progress)
	if r == nil {
		return "", err
	}
	return filepath.Join(opt.Output, profileName), err
}

// Beside reads the live runs that lie beside a profile, as Run or vsim validate wrote them; nil where there are none.
func Beside(profile string) ([]paper.Measurement, error) {
	dir := filepath.Dir(profile)
	text, err := os.ReadFile(filepath.Join(dir, reportName))
	if err != nil || filepath.Base(profile) != profileName {
		return nil, nil
	}
	var r validate.Report
	if err := json.Unmarshal(text, &r); err != nil || r.Files == nil {
		return nil, nil // of something else
	}
	var out []paper.Measurement
	for _, c := range r.Files.Cases {
		m, err := measurement(filepath.Join(dir, c.Path), profile, c.Case, r.Cases)
		if err != nil {
			return nil, fmt.Errorf("live runs beside %s: %w", profile, err)
		}
		if m != nil {
			out = append(out, *m)
		}
	}
	return out, nil
}

// measurement is what the live runs of a case showed; nil for one that did not run, or is no closed loop of one kind of request.
func measurement(file, profile, name string, rows []validate.Row) (*paper.Measurement, error) {
	s, err := scenario.Load(file, scenario.Options{Profile: profile})
	if err != nil {
		return nil, err
	}
	if s.Workload.Arrivals != "closed" || s.Workload.ThinkTime != nil || len(s.Pipeline.Images) != 1 || s.Batcher.MaxQueueDelay != 0 {
		return nil, nil
	}
	m := &paper.Measurement{Model: s.Pipeline.Model, Image: s.Pipeline.Images[0].Size, Preprocessing: s.Pipeline.Preprocessing, Inference: s.Pipeline.Inference,
		Clients: s.Workload.Concurrency, Instances: s.Inference.Instances, Threads: s.Inference.IntraOpThreads, MaxBatch: s.Batcher.MaxBatch,
		Parts: map[string]float64{}}
	if s.Preprocess != nil && m.Preprocessing == "cpu" {
		m.Workers = s.Preprocess.Workers
	}
	for _, row := range rows {
		if row.Case != name {
			continue
		}
		m.Runs = row.Runs
		part, isPart := strings.CutPrefix(row.Metric, "stage.")
		switch {
		case isPart:
			m.Parts[strings.TrimSuffix(part, "_s")] = row.Measured
		case row.Metric == "throughput_rps":
			m.ThroughputRPS = row.Measured
		case row.Metric == "latency_mean_s":
			m.LatencyS = row.Measured
		}
	}
	if m.Runs == 0 {
		return nil, nil
	}
	return m, nil
}
