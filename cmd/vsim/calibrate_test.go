package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	staticTable = "../../experiments/triton-a100/static.csv"
	perfTable   = "../../experiments/calibrate/testdata/perf.csv"
)

func TestCalibrateReadsPerfAnalyzersFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "server.toml")
	code, out, errOut := vsim("calibrate", perfTable, "-o", file)
	if code != 0 || errOut != "" {
		t.Fatalf("exit %d: %s", code, errOut)
	}
	for _, want := range []string{"Used: 0 static rows and the rows with 1 client, 2 clients, 4 clients", "requests/s"} {
		if !strings.Contains(out, want) {
			t.Errorf("lacks %q:\n%s", want, out)
		}
	}
	code, out, errOut = vsim("simulate", file, "--set", "workload.concurrency=3")
	if code != 0 || !strings.Contains(out, "Closed loop: 3 clients") {
		t.Errorf("exit %d: %s\n%s", code, errOut, out)
	}
}

// A table without the server's split of the latency gives what more instances do, and a scenario to ask for others.
func TestCalibrateReadsATableOfSeveralSetups(t *testing.T) {
	file := filepath.Join(t.TempDir(), "densenet.toml")
	code, out, errOut := vsim("calibrate", "../../experiments/calibrate/testdata/instances.csv", "--table", "densenet", "--anchors", "2", "-o", file)
	if code != 0 || errOut != "" {
		t.Fatalf("exit %d: %s", code, errOut)
	}
	for _, want := range []string{"Used: 4 rows with 1 instance, and the rows of 2 instances, no batching with 2 clients (*).", "3 instances, no batching", "requests/s", "line"} {
		if !strings.Contains(out, want) {
			t.Errorf("lacks %q:\n%s", want, out)
		}
	}
	code, out, errOut = vsim("simulate", file, "--set", "stage.1.workers=3")
	if code != 0 || !strings.Contains(out, "Closed loop: 2 clients") {
		t.Errorf("exit %d: %s\n%s", code, errOut, out)
	}
}

// fewRows writes the rows of the A100's online table that a short test needs.
func fewRows(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../experiments/triton-a100/online.csv")
	if err != nil {
		t.Fatal(err)
	}
	var keep []string
	for i, line := range strings.Split(string(text), "\n") {
		if n, _, _ := strings.Cut(line, ","); i == 0 || n == "16" || n == "48" || n == "96" {
			keep = append(keep, line)
		}
	}
	file := filepath.Join(t.TempDir(), "online.csv")
	if err := os.WriteFile(file, []byte(strings.Join(keep, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestCalibrateWritesAScenarioThatSimulates(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a100.toml")
	code, out, errOut := vsim("calibrate", staticTable, fewRows(t), "--anchors", "16,96", "-o", file)
	if code != 0 || errOut != "" {
		t.Fatalf("exit %d: %s", code, errOut)
	}
	for _, want := range []string{"* 16", "  48", "* 96", "images/s", "median error", "Spread: the instance's times vary with a cv of 0.0", "from the anchors' p99_ms."} {
		if !strings.Contains(out, want) {
			t.Errorf("the comparison lacks %q:\n%s", want, out)
		}
	}
	code, out, errOut = vsim("simulate", file, "--set", "workload.concurrency=48")
	if code != 0 || !strings.Contains(out, "Closed loop: 48 clients") {
		t.Errorf("exit %d: %s\n%s", code, errOut, out)
	}
}

func TestCalibrateRefusesBadInput(t *testing.T) {
	online := fewRows(t)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{staticTable, online, online}, "takes one table, or a static and an online table, but got 3 arguments"},
		{[]string{staticTable, online, "--anchors", "16,96", "--spread", "-1"}, "--spread: -1 must be 0 to 2"},
		{[]string{"missing.csv", online}, "missing.csv: cannot be read"},
		{[]string{online, staticTable}, "online.csv:1: the header has no column batch"},
		{[]string{staticTable, online}, "online.csv: has no row with concurrency 256"},
		{[]string{staticTable}, "static.csv:1: the header has no column \"Client Send\" or client_send_ms, no"},
		{[]string{perfTable, "--formation", "open"}, "--formation: is \"open\"; must be growing or closed"},
		{[]string{perfTable, "--table", "yolo"}, "--table: is \"yolo\", but " + perfTable},
		{[]string{perfTable, "--anchors", "1,3"}, "has no row with concurrency 3"},
		{[]string{staticTable, online, "--anchors", "16,96", "--max-batch", "32"}, "concurrency = 96: must be at most 64"},
	} {
		code, out, errOut := vsim(append([]string{"calibrate"}, c.args...)...)
		if code != 2 || out != "" || !strings.Contains(errOut, c.want) {
			t.Errorf("%v: exit %d, %q, want %q", c.args, code, errOut, c.want)
		}
	}
}
