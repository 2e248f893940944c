package validate

import (
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vsim/profile"
	"vsim/sim/scenario"
)

func accuracyOf(t *testing.T, rows []Row) (dir string) {
	t.Helper()
	dir = t.TempDir()
	s, err := newStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	r := &Report{Machine: "CPU <x> | y", Date: "today", Command: "vsim validate", Cases: rows, Warnings: []string{"a|b"}}
	r.summarise(map[string]bool{"a": true})
	if err := s.accuracy(r); err != nil {
		t.Fatal(err)
	}
	return dir
}

// The table has a line for each row, and says nothing of what is not known.
func TestAccuracyTable(t *testing.T) {
	rows := append(judgedRows(), Row{Case: "once, with a comma", Band: profile.Load30, Metric: latencyP50, Predicted: 0.25, Measured: 0.5, Error: -0.5, Runs: 1})
	dir := accuracyOf(t, rows)
	f, err := os.Open(filepath.Join(dir, csvFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil || len(lines) != 1+len(rows) {
		t.Fatalf("%v, %d lines", err, len(lines))
	}
	first, once := lines[2], lines[len(lines)-1]
	if got, want := strings.Join(first, " "), "a 0.8 latency_p99_s 1 0.8 1.2 1.428571 -0.3 1 -0.1 -0.2 false 2 0.05 0.1"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := strings.Join(once, ";"), "once, with a comma;0.3;latency_p50_s;0.25;;;0.5;-0.5;;;;;1;;"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// The page says what machine, how it was made, and what should hold; nothing breaks its tables.
func TestAccuracyPage(t *testing.T) {
	page := string(readFile(t, accuracyOf(t, judgedRows()), pageFile))
	for _, want := range []string{
		markdownHead + "CPU <x> | y\n", "Command: `vsim validate`", "scatter.svg", "coverage.svg", `- a\|b`,
		"| throughput of closed loops, error, median | at most 3.0 % | 4.0 % | 1 | no |",
		"| p99 at load 0.8, width over noise floor, median | at most 2.50 | 2.00 | 3 | yes |",
		"| p99 at load 0.8, width of the 95 % interval, median | (is given) | 40.0 % | 3 | yes |",
		"| coverage in the band with the lowest, 0.8 | at least 85.0 % | 50.0 % | 4 | no |",
		"|  | decode | 1 | -20.0 % | -19.0 % | -1.0 % | 20.0 % | - | - |",
		"| d | saturated | throughput | 1.0/s | 0.8/s .. 1.2/s | 1.0/s | +4.0 % | +1.0 % | +3.0 % | ±10.0 % |",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
}

// The plots are SVG with a legend of each band, also where there is nothing to draw.
func TestAccuracyPlots(t *testing.T) {
	for _, rows := range [][]Row{judgedRows(), nil} {
		dir := accuracyOf(t, rows)
		for file, words := range map[string][]string{scatterFile: {"saturated", "latency p99", "measured, ms"}, coverageFile: {"nominal", "saturated (3)", "0.8 (4)"}} {
			text := string(readFile(t, dir, file))
			d := xml.NewDecoder(strings.NewReader(text))
			for {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatalf("%s: %v", file, err)
				}
			}
			for _, w := range words {
				if len(rows) > 0 && !strings.Contains(text, w) {
					t.Errorf("%s: no %q", file, w)
				}
			}
		}
	}
}

// A README.md that a validation wrote gives way; any other one stays, and the folder is refused before anything is measured.
func TestAPageOfTheUsersStays(t *testing.T) {
	dir := accuracyOf(t, judgedRows())
	s, err := newStore(dir)
	if err != nil || s.clear() != nil {
		t.Fatalf("error %v", err)
	}
	for _, name := range topFiles {
		if _, err := os.Stat(filepath.Join(dir, name)); !os.IsNotExist(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, pageFile), []byte("# Mine\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = newStore(dir)
	if !errors.As(err, new(*scenario.InputError)) || !strings.Contains(err.Error(), "has a README.md that no validation wrote; name another folder") || string(readFile(t, dir, pageFile)) != "# Mine\n" {
		t.Errorf("error %v", err)
	}
}
