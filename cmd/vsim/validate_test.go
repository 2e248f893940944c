package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vsim/experiments/validate"
	"vsim/profile/device/gpu/fakegpu"
)

// What a validation leaves out is told on one line with exit code 1, beside the report of all else; and what it keeps
// gives the same predictions again.
func TestValidateKeepsWhatItFound(t *testing.T) {
	needFakeGPU(t)
	dir := t.TempDir()
	matrix, out := filepath.Join(dir, "matrix.toml"), filepath.Join(dir, "out")
	text := `
[pipeline]
model = "` + fakegpu.Model(t) + `"
image = "small"
preprocessing = "gpu"
inference = "gpu"
[gpu]
count = 1
[link]
bandwidth = "25GB/s"
latency = "6us"
[batcher]
max_batch = 2
[workload]
concurrency = 3
[[case]]
name = "Short runs"
[[case]]
name = "no time for it"
measure = "1h"
`
	if err := os.WriteFile(matrix, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	code, stdout, errOut := vsim("validate", matrix, "--measure", "100ms", "--limit", "10m", "-o", out, "--json")
	lines := strings.Split(strings.TrimSpace(errOut), "\n")
	if last := lines[len(lines)-1]; code != 1 || !strings.HasPrefix(last, "vsim: the limit of 10m0s ended the live runs before every case had run twice") || strings.Count(errOut, "vsim: ") != 1 {
		t.Fatalf("exit %d, stderr %q", code, errOut)
	}
	want := "the report, the profile and the live runs are in " + out + "; predict a case again: vsim simulate " + out + "/cases/01-short-runs.toml --profile " + out + "/profile.toml"
	if told := lines[len(lines)-2]; told != want {
		t.Errorf("before the error stands %q, want %q", told, want)
	}
	var printed, kept validate.Report
	if err := json.Unmarshal([]byte(stdout), &printed); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(filepath.Join(out, "report.json"))
	if err != nil || string(file) != stdout || json.Unmarshal(file, &kept) != nil {
		t.Fatalf("%v, report.json is not what was printed:\n%s", err, file)
	}
	if len(kept.Files.Cases) != 2 || kept.Files.Cases[0].Path != "cases/01-short-runs.toml" || kept.Complete {
		t.Fatalf("files %+v, complete %v", kept.Files, kept.Complete)
	}
	code, stdout, errOut = vsim("simulate", filepath.Join(out, kept.Files.Cases[0].Path), "--profile", filepath.Join(out, kept.Files.Profile.Path), "--json")
	var again struct {
		Throughput struct{ Value float64 } `json:"throughput_rps"`
	}
	if err := json.Unmarshal([]byte(stdout), &again); err != nil || code != 0 {
		t.Fatalf("exit %d, %v, stderr %q", code, err, errOut)
	}
	if row := kept.Cases[0]; row.Metric != "throughput_rps" || row.Predicted != again.Throughput.Value || row.Predicted <= 0 {
		t.Errorf("%s is %v in the report, %v again", row.Metric, row.Predicted, again.Throughput.Value)
	}
}

func TestValidateFlags(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"--limit 0s: a time above 0":     {"--limit", "0s"},
		"--limit -1s: a time above 0":    {"--limit", "-1s"},
		"--measure 0s: at least 2 runs":  {"--measure", "0s"},
		"--quick and --full: give one":   {"--quick", "--full"},
		"--resume: say with -o which":    {"--resume"},
		"--output " + file + ": cannot ": {"-o", file},
	} {
		if code, _, errOut := vsim(append([]string{"validate"}, args...)...); code != 2 || !strings.Contains(errOut, want) || strings.Count(errOut, "\n") != 1 {
			t.Errorf("%q: exit %d, stderr %q", args, code, errOut)
		}
	}
}

// The help says that batches are padded; what it says to undo it is accepted.
func TestValidateHelpTellsOfPadding(t *testing.T) {
	const undo = "batcher.allowed_batch_sizes=[]"
	code, out, _ := vsim("validate", "--help")
	if code != 0 || !strings.Contains(out, "pad their batches") || !strings.Contains(out, "--set '"+undo+"'") {
		t.Errorf("exit %d:\n%s", code, out)
	}
	m, err := validate.Read("gpu", []string{undo}, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range m.Cases {
		if sizes := c.Scenario.Batcher.Allowed; len(sizes) != 0 {
			t.Errorf("case %q still runs at %v", c.Name, sizes)
		}
	}
}
