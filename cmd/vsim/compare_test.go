package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vsim/experiments/study/compare"
	"vsim/experiments/study/explain"
)

const mm1 = "../../experiments/examples/mm1.toml"

// TestCompareCommand: text, JSON and a drawing of two scenarios from one file.
func TestCompareCommand(t *testing.T) {
	path := filepath.Join(t.TempDir(), "change.svg")
	args := []string{"compare", mm1, mm1, "--set", "run.p99_goal=0.2", "--set-b", "stage.server.service.mean=0.9ms"}
	code, out, errOut := vsim(append(args, "--plot", path)...)
	if code != 0 || errOut != "" {
		t.Fatalf("exit %d, %s", code, errOut)
	}
	for _, want := range []string{"A: " + mm1, "B: " + mm1 + " stage.server.service.mean=0.9ms", "throughput", "latency mean", "p99", "significant"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing:\n%s", want, out)
		}
	}
	if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), "latency mean") {
		t.Errorf("%v, %.200s", err, text)
	}
	_, out, _ = vsim(append(args, "--json")...)
	var c compare.Comparison
	if err := json.Unmarshal([]byte(out), &c); err != nil || len(c.Rows) < 4 || c.Rows[1].Metric != "mean_s" || !c.Rows[1].Significant {
		t.Errorf("%v: %s", err, out)
	}
}

// TestExplainCommand: text, JSON and a drawing.
func TestExplainCommand(t *testing.T) {
	path := filepath.Join(t.TempDir(), "elasticity.png")
	args := []string{"explain", mm1, "--set", "run.p99_goal=0.3", "--set", "run.throughput_goal=0.05"}
	code, out, errOut := vsim(append(args, "--plot", path)...)
	if code != 0 || errOut != "" {
		t.Fatalf("exit %d, %s", code, errOut)
	}
	for _, want := range []string{"What breaks first", "server workers", "service time of server", "█", "Why does throughput not grow with instances?", "Why is p99 so high"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing:\n%s", want, out)
		}
	}
	if strings.Contains(out, "\x1b") {
		t.Error("there are colours outside a terminal")
	}
	if info, err := os.Stat(path); err != nil || info.Size() < 1000 {
		t.Errorf("%v, %v", err, info)
	}
	_, out, _ = vsim(append(args, "--json")...)
	var e explain.Explanation
	if err := json.Unmarshal([]byte(out), &e); err != nil || len(e.Breaks) == 0 || len(e.Answers) != 2 {
		t.Errorf("%v: %s", err, out)
	}
}

// TestStudiesRefuseBadInput with one line that says what is wrong.
func TestStudiesRefuseBadInput(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"compare 8gpu", "takes two scenario or hardware files, but got 1 arguments"},
		{"compare 8gpu 9gpu", "9gpu: cannot be read"},
		{"compare 8gpu 8gpu --set-b gpu.cuont=3", `unknown key; did you mean "count"?`},
		{"compare 8gpu 8gpu --set-a gpu.count", "must be key=value"},
		{"compare 8gpu 8gpu --plot x.gif", "must end in .svg, .png, .pdf"},
		{"explain", "takes one scenario or hardware file, but got 0 arguments"},
		{"explain 9gpu", "9gpu: cannot be read"},
		{"explain 8gpu --set workload.rate=200", "has no unit"},
		{"explain 8gpu --plot x.gif", "must end in .svg, .png, .pdf"},
		{"explain " + mm1 + " --plot " + mm1, "must end in"},
		{"explain 2cpu", "vsim profile --cpu -o FILE"},
	} {
		code, out, errOut := vsim(strings.Fields(c.args)...)
		if code != 2 || out != "" || !strings.Contains(errOut, c.want) || strings.Count(errOut, "\n") != 1 {
			t.Errorf("%s: exit %d, %q, %q; want one line with %q", c.args, code, out, errOut, c.want)
		}
	}
}
