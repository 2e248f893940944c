package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vsim/experiments/paper"
)

// TestExperimentNames: they are listed without one, and a slip of the pen is told from nonsense.
func TestExperimentNames(t *testing.T) {
	code, out, errOut := vsim("experiment")
	if code != 0 || errOut != "" {
		t.Fatalf("exit %d, %s", code, errOut)
	}
	for _, f := range paper.Figures() {
		if !strings.Contains(out, "  "+f.Name+" ") || !strings.Contains(out, f.Title) {
			t.Errorf("no %s in\n%s", f.Name, out)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		`did you mean "fig5"?`:      {"experiment", "figg5"},
		"ask fig11":                 {"experiment", "fig10"},
		`must be one of fig3, fig4`: {"experiment", "everything-that-is"},
		"say which figure, or all":  {"experiment", "--json"},
		"takes one figure, or all":  {"experiment", "fig5", "fig6"},
		"must be key=value":         {"experiment", "fig5", "--set", "x"},
		"cannot be written":         {"experiment", "fig5", "-o", file},
		"gpu.cuont: unknown key":    {"experiment", "fig9", "--set", "gpu.cuont=2"},
	} {
		if code, out, errOut := vsim(args...); code != 2 || out != "" || !strings.Contains(errOut, want) {
			t.Errorf("%q: exit %d, %s%s", args, code, out, errOut)
		}
	}
	if code, out, _ := vsim("__complete", "experiment", "sc"); code != 0 || !strings.HasPrefix(out, "scaling\n") {
		t.Errorf("exit %d, %s", code, out)
	}
}

// TestExperiment: a figure is printed, and written into a folder.
func TestExperiment(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "out")
	args := []string{"experiment", "fig7", "--set", "run.max_events=20000"}
	code, out, errOut := vsim(append(args, "-o", folder)...)
	if code != 0 || errOut != "" {
		t.Fatalf("exit %d, %s", code, errOut)
	}
	for _, want := range []string{"fig7: ", "with run.max_events=20000, not the paper's machine", "  7a  "} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	endings := map[string]int{}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		endings[filepath.Ext(e.Name())]++
	}
	if endings[".csv"] != 1 || endings[".svg"] == 0 || endings[".svg"] != endings[".png"] || endings[".md"] != 1 || endings[".json"] != 1 {
		t.Errorf("%v", entries)
	}
	var doc struct {
		Claims []struct{ ID, Use string }
	}
	code, out, errOut = vsim(append(args, "--json")...)
	if err := json.Unmarshal([]byte(out), &doc); code != 0 || err != nil || len(doc.Claims) != 4 || doc.Claims[0].ID != "7a" || doc.Claims[0].Use != "pred" {
		t.Errorf("exit %d, %v, %s%s", code, err, out, errOut)
	}
	if text, err := os.ReadFile(filepath.Join(folder, "claims.json")); err != nil || string(text) != out {
		t.Errorf("claims.json is not what --json prints (%v)", err)
	}
}
