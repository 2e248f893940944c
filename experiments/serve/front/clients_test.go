package front

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vsim/experiments/triton/local"
	"vsim/profile/device/native/nativetest"
)

// triton is where NVIDIA's programs are; the test is skipped without them.
func triton(t *testing.T) local.Program {
	t.Helper()
	p, err := local.Find()
	if err != nil {
		nativetest.SkipOrFail(t, err)
	}
	return p
}

// run runs a program and gives what it says.
func run(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, name, args...)
	c.Env = append(os.Environ(), env...)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), errors.Join(err, ctx.Err()), out)
	}
	return string(out)
}

// python asks a server everything that NVIDIA's client can ask.
func python(t *testing.T, p local.Program, http, grpc string) {
	t.Helper()
	fetched, err := os.ReadFile(filepath.Join(p.PythonPath(), "complete")) // begins with the Python that the packages are for
	if err != nil {
		t.Fatal(err)
	}
	executable, _, _ := strings.Cut(string(fetched), "\n")
	out := run(t, []string{"PYTHONPATH=" + p.PythonPath()}, executable, "testdata/client.py", http, grpc)
	if !strings.Contains(out, "all is answered") {
		t.Error(out)
	}
}

func TestNVIDIAsClient(t *testing.T) {
	p := triton(t)
	s := start(t, newFake(t), Limits{})
	python(t, p, s.HTTPAddr().String(), s.GRPCAddr().String())
}

func TestPerfAnalyzer(t *testing.T) {
	p := triton(t)
	f := newFake(t)
	s := start(t, f, Limits{})
	for _, c := range [][]string{
		{"-i", "grpc", "-u", s.GRPCAddr().String(), "--concurrency-range", "4"},
		{"-i", "grpc", "-u", s.GRPCAddr().String(), "--concurrency-range", "4", "--streaming", "-a"},
		{"-i", "http", "-u", s.HTTPAddr().String(), "--concurrency-range", "4", "-b", "2"},
		{"-i", "http", "-u", s.HTTPAddr().String(), "--request-rate-range", "100"},
	} {
		before := f.Statistics().InferenceStats.Success.Count
		file := filepath.Join(t.TempDir(), "out.csv")
		out := run(t, nil, filepath.Join(p.Folder, "perf_analyzer/bin/perf_analyzer"), append(c, "-m", "add", "-f", file,
			"--measurement-mode", "count_windows", "--measurement-request-count", "50", "-r", "10", "-s", "1000", "--input-data", "zero")...)
		csv, err := os.ReadFile(file)
		if err != nil {
			t.Fatalf("%v: %v\n%s", c, err, out)
		}
		rows := strings.Split(strings.TrimSpace(string(csv)), "\n")
		if len(rows) != 2 || !strings.Contains(rows[0], "Server Compute Infer") {
			t.Errorf("%v: %s\n%s", c, csv, out)
		}
		if n := f.Statistics().InferenceStats.Success.Count - before; n < 50 {
			t.Errorf("%v: %d requests came", c, n)
		}
	}
	if n := f.Statistics().InferenceStats.Fail.Count; n != 0 {
		t.Errorf("%d failed", n)
	}
}
