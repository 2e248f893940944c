package validate

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"vsim/sim/scenario"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "matrix.toml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDefaultMatrix(t *testing.T) {
	m, err := Read("cpu", []string{"batcher.max_batch=5"}, 7*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Cases) < 8 {
		t.Errorf("%d cases, the issue asks for 8 or more", len(m.Cases))
	}
	names := map[string]bool{}
	for _, c := range m.Cases {
		if names[c.Name] {
			t.Errorf("case %q stands twice", c.Name)
		}
		names[c.Name] = true
		if c.Scenario.CPU.Cores != runtime.NumCPU() {
			t.Errorf("case %q is for %d cores, this machine has %d", c.Name, c.Scenario.CPU.Cores, runtime.NumCPU())
		}
		if c.Scenario.Batcher.MaxBatch != 5 {
			t.Errorf("case %q: max_batch %d, the command line said 5", c.Name, c.Scenario.Batcher.MaxBatch)
		}
		if c.Measure < 7*time.Second {
			t.Errorf("case %q: runs of %v", c.Name, c.Measure)
		}
	}
}

func TestAnOrdinaryScenarioIsOneCase(t *testing.T) {
	m, err := Read(write(t, "[pipeline]\nmodel = \"resnet50\"\n[workload]\nconcurrency = 3\n"), nil, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Cases) != 1 || m.Cases[0].Scenario.Pipeline.Model != "resnet50" || m.Cases[0].Scenario.Workload.Concurrency != 3 {
		t.Errorf("got %+v", m.Cases)
	}
}

func TestCasesChangeTheScenario(t *testing.T) {
	m, err := Read(write(t, `
[batcher]
max_batch = 2
[[case]]
name = "a"
set = ["batcher.max_batch=3"]
measure = "4s"
[[case]]
name = "b"
load = 0.8
`), nil, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	a, b := m.Cases[0], m.Cases[1]
	if a.Scenario.Batcher.MaxBatch != 3 || b.Scenario.Batcher.MaxBatch != 2 || a.Measure != 4*time.Second || b.Measure != time.Second {
		t.Errorf("got %+v and %+v", a, b)
	}
	s, err := b.atRate(123.5)
	if err != nil || s.Workload.Arrivals != "poisson" || float64(s.Workload.Rate) != 123.5 {
		t.Errorf("at 123.5/s: %+v, %v", s, err)
	}
	full, err := b.saturated()
	if err != nil || full.Workload.Arrivals != "closed" || full.Workload.Concurrency < 2*(full.Preprocess.Workers+2) {
		t.Errorf("saturated: %+v, %v", full.Workload, err)
	}
}

func TestBadMatricesAreOneClearLine(t *testing.T) {
	for want, text := range map[string]string{
		"not valid TOML":    "[[case]\n",
		"has no name":       "[[case]]\nload = 0.5\n",
		"unknown key":       "[[case]]\nname = \"a\"\nlaod = 0.5\n",
		"part of the capac": "[[case]]\nname = \"a\"\nload = -1.0\n",
		"with a unit":       "[[case]]\nname = \"a\"\nmeasure = \"20\"\n",
		"batcher.max_batch": "[[case]]\nname = \"a\"\nset = [\"batcher.max_batch=0\"]\n",
		"1000":              "[batcher]\nmax_queue_delay = 1000\n",
	} {
		_, err := Read(write(t, text), nil, time.Second)
		var input *scenario.InputError
		if !errors.As(err, &input) {
			t.Errorf("%q: error %v, want an InputError (exit code 2)", text, err)
			continue
		}
		if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "matrix.toml") && !strings.Contains(err.Error(), "--set") {
			t.Errorf("%q: %q, want one line with the file and %q", text, err, want)
		}
	}
	if _, err := Read("/nowhere.toml", nil, time.Second); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("a missing file gave %v", err)
	}
}
