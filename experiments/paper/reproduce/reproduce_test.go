package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vsim/experiments/paper"
	"vsim/sim"
)

// doubled is a figure whose number is twice n; its claim is one that the paper has.
func doubled(n float64) []paper.Figure {
	return []paper.Figure{{Name: "fig0", Title: "Made up", Run: func(context.Context, *paper.Lab) (*paper.Sheet, error) {
		s := &paper.Sheet{Outcomes: []paper.Outcome{{ID: "7a", Quantities: []paper.Quantity{paper.Near("all", "1", 0.195, sim.Estimate{Value: 0.2, Low: 0.19, High: 0.21})}}},
			Plots: []paper.Plot{{Name: "fig0-plot", Title: "Plot", Series: []paper.Series{{X: []float64{1, 2, 3}, Y: []float64{1, 2, 2 * n}}}}}}
		s.Table.Columns = []string{"n", "twice"}
		s.Table.Add("1", 2.0)
		s.Table.Add("n", 2*n)
		return s, nil
	}}}
}

const page = "# x\n<!-- begin fitted -->\n<!-- end fitted -->\ntext\n<!-- begin claims -->\n<!-- end claims -->\n<!-- begin gallery -->\nold\n<!-- end gallery -->\nend\n"

// TestReproduce: what was written matches until something changes, and then file and row are named.
func TestReproduce(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", t.TempDir())
	if err := os.WriteFile(filepath.Join(folder, readme), []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	try := func(n float64, update bool) (string, error) {
		var log bytes.Buffer
		err := run(t.Context(), folder, update, doubled(n), &log)
		return log.String(), err
	}
	if log, err := try(2, false); err == nil || !strings.Contains(log, "results/fig0.csv: is not committed") || !strings.Contains(log, "README.md: line 3") {
		t.Errorf("%v, %s", err, log)
	}
	if _, err := try(2, true); err != nil {
		t.Fatal(err)
	}
	if log, err := try(2, false); err != nil {
		t.Errorf("%v, %s", err, log)
	}
	text, err := os.ReadFile(filepath.Join(folder, readme))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"# x\n", "text\n", "end\n", "| 7a | ", "20.0 (19.0 to 21.0) %", "![Plot](results/fig0-plot.svg)", "results/fig0.csv"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("README.md has no %q:\n%s", want, text)
		}
	}
	log, err := try(3, false)
	if err == nil || !strings.Contains(log, "results/fig0.csv: line 3 is committed as\n    n,4\n  and is now\n    n,6") {
		t.Errorf("%v, %s", err, log)
	}
	for _, want := range []string{"fig0-plot.png: shows something else", "fig0-plot.svg: line"} {
		if !strings.Contains(log, want) {
			t.Errorf("no %q in %s", want, log)
		}
	}
	if err := os.WriteFile(filepath.Join(folder, paper.Results, "fig1.csv"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if log, err := try(2, false); err == nil || !strings.Contains(log, "results/fig1.csv: no figure makes it") {
		t.Errorf("%v, %s", err, log)
	}
	if _, err := try(2, true); err != nil {
		t.Fatal(err)
	}
	if log, err := try(2, false); err != nil {
		t.Errorf("%v, %s", err, log)
	}
}

// TestReproduceNeedsMarks: a page without them is told so, and stays as it is.
func TestReproduceNeedsMarks(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, readme), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), folder, true, doubled(1), &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "must stand in it") {
		t.Error(err)
	}
	if text, _ := os.ReadFile(filepath.Join(folder, readme)); string(text) != "mine" {
		t.Errorf("%s", text)
	}
}
