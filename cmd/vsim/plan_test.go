package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const desks = "[workload]\nrate = '100/s'\n[[stage]]\nname = 'desk'\nworkers = 1\nservice = {dist = 'exponential', mean = '30ms'}\n"

// TestPlan: the answer as text and JSON, and a scenario that vsim simulate takes.
func TestPlan(t *testing.T) {
	dir := t.TempDir()
	file, out := filepath.Join(dir, "desks.toml"), filepath.Join(dir, "plan.toml")
	if err := os.WriteFile(file, []byte(desks), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"plan", file, "--slo", "mean<36ms", "--vary", "stage.desk.workers=1..20"}
	code, text, errOut := vsim(append(args, "-o", out)...)
	if code != 0 || !strings.Contains(text, "stage.desk.workers = 5") || !strings.Contains(errOut, "first that holds") {
		t.Fatalf("exit %d, %s\n%s", code, errOut, text)
	}
	if code, text, errOut := vsim("simulate", out); code != 0 || errOut != "" {
		t.Errorf("the plan does not simulate: exit %d, %s\n%s", code, errOut, text)
	}
	code, text, _ = vsim(append(args, "--json")...)
	var a struct {
		Plan     struct{ Scenario string }
		Boundary struct {
			Holds float64 `json:"holds_rps"`
		}
	}
	if err := json.Unmarshal([]byte(text), &a); code != 0 || err != nil || !strings.Contains(a.Plan.Scenario, "workers = 5") || a.Boundary.Holds < 100 {
		t.Errorf("exit %d, %v: %s", code, err, text)
	}
	miss := filepath.Join(dir, "miss.html")
	if code, text, errOut := vsim("plan", file, "--slo", "mean<29ms", "--html", miss); code != 1 || !strings.Contains(text, "Nearest miss") || !strings.Contains(errOut, "nothing that was searched holds") {
		t.Errorf("nothing holds: exit %d, %s\n%s", code, errOut, text)
	}
	if html, err := os.ReadFile(miss); err != nil || !strings.Contains(string(html), "Nothing that was searched holds mean&lt;29ms") {
		t.Errorf("the page where nothing holds: %v\n%s", err, html)
	}
	if code, text, errOut := vsim("plan", file, "--slo", "mean<100ms", "--max-load"); code != 0 || !strings.Contains(text, "up to") {
		t.Errorf("largest load: exit %d, %s\n%s", code, errOut, text)
	}
}

// TestPlanRefusesWrongInput with status 2, in one line that says what to do.
func TestPlanRefusesWrongInput(t *testing.T) {
	prices := filepath.Join(t.TempDir(), "prices.toml")
	if err := os.WriteFile(prices, []byte("8gpu = 'dear'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"plan":                                  "takes one scenario or hardware file",
		"plan 8gpu":                             "no objective is given",
		"plan 8gpu --slo p98<5ms":               "is no metric",
		"plan 8gpu --slo p99<5":                 "has no unit",
		"plan 8gpu --slo p99<50ms":              "no load is given",
		"plan 8gpu --slo p99<50ms --load 20000": "has no unit",
		"plan 8gpu --slo p99<50ms --load 9/s --least price":                "write cost or energy",
		"plan 8gpu --slo p99<50ms --load 9/s --machines 9gpu":              "no machine of this name",
		"plan 8gpu --slo p99<50ms --load 9/s --vary gpu":                   "KEY=VALUES",
		"plan 8gpu --slo p99<50ms --load 9/s --price " + prices:            "the price of one server an hour",
		"plan 8gpu --slo p99<50ms --load 9/s --max-load":                   "leave out --load",
		"plan no-such.toml --slo p99<50ms --load 9/s":                      "cannot be read",
		"plan 8gpu --slo p99<50ms --load 9/s --html a.txt":                 "must end in .html",
		"plan 8gpu --slo p99<50ms --load 9/s --html " + prices + "/x.html": "cannot be written",
		"plan 8gpu --slo p99<50ms --load 9/s -o " + prices + "/x":          "cannot be written",
	} {
		if code, _, stderr := vsim(strings.Fields(args)...); code != 2 || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") > 1 {
			t.Errorf("vsim %s: exit code %d, %q; want one line with %q", args, code, stderr, want)
		}
	}
}

// TestPlanKeepsTheModel: what another machine would serve by default is not what the file asks for.
func TestPlanKeepsTheModel(t *testing.T) {
	code, out, errOut := vsim("plan", "8gpu", "--slo", "p99<50ms", "--load", "100/s", "--machines", "lambda-8x-v100")
	if code != 2 || !strings.Contains(errOut, "has no infer vit-base") {
		t.Errorf("exit %d: %s%s", code, out, errOut)
	}
}

// TestPlanOfTooMuch: more than all servers that are simulated can serve is a nearest miss.
func TestPlanOfTooMuch(t *testing.T) {
	code, out, errOut := vsim("plan", "8gpu", "--slo", "p99<50ms", "--load", "20000000/s", "--machines", "8gpu")
	if code != 1 || !strings.Contains(out, "512 x 8gpu, 4096 GPUs") {
		t.Errorf("exit %d: %s%s", code, out, errOut)
	}
}
