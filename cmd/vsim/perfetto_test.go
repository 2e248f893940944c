package main

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"
)

// totals are how often and how long (ns) each kind of slice is in a trace, and the number of points of each counter.
type totals struct {
	Slices   map[string][2]int64
	Counters map[string]int64
}

// read reads a trace with what Perfetto publishes: its trace processor, or "" for its schema.
func (got *totals) read(t *testing.T, path, processor string) {
	t.Helper()
	args := []string{"testdata/read_trace.py", path}
	if processor != "" {
		args = append(args, processor)
	}
	cmd := exec.Command("python3", args...)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+perfetto)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	if err := json.Unmarshal(out, got); err != nil {
		t.Fatal(err)
	}
}

// perfetto is where make perfetto puts Perfetto's Python package.
const perfetto = "../../.deps/perfetto"

// processor is the path of Perfetto's trace processor, "" where there is none. Without its package, the test is skipped, or fails with
// VSIM_REQUIRE_PERFETTO=1.
func processor(t *testing.T) string {
	t.Helper()
	if _, err := os.Stat(filepath.Join(perfetto, "perfetto")); err != nil {
		const none = "Perfetto's package is not there to read traces with; make perfetto fetches it"
		if os.Getenv("VSIM_REQUIRE_PERFETTO") != "" {
			t.Fatal(none)
		}
		t.Skip(none)
	}
	for _, name := range []string{os.Getenv("VSIM_TRACE_PROCESSOR"), filepath.Join(perfetto, "trace_processor_shell")} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// TestPerfettoReadsTraces: what Perfetto publishes reads traces without an error, and their totals in it are those of the JSON, which
// are the report's (TestTraceIsTheReport).
func TestPerfettoReadsTraces(t *testing.T) {
	binary, folder := processor(t), t.TempDir()
	for name, args := range map[string][]string{
		"recorded": {recorded(t)}, "faces": {"../../experiments/examples/faces.toml", "--trace-requests", "300"}, "server": {"8gpu", "--set", "workload.rate=4000/s"},
		"repairs": {"../../experiments/examples/repairs.toml"},
	} {
		args = append(args, "--set", "run.max_events=20000")
		want := totals{map[string][2]int64{}, map[string]int64{}}
		for _, e := range trace(t, args...) {
			if e.Ph == "C" {
				want.Counters[e.Name]++
				continue
			}
			if e.Ph != "X" {
				continue
			}
			key := e.Cat + "/" + e.Name
			if e.Cat == "request" || e.Cat == "child" {
				key = e.Cat
			}
			sum := want.Slices[key]
			want.Slices[key] = [2]int64{sum[0] + 1, sum[1] + int64(math.Round(1000*e.Dur))}
		}
		own, plain := filepath.Join(folder, name+".pftrace"), filepath.Join(folder, name+".json")
		for _, path := range []string{own, plain} {
			if code, _, errOut := vsim(append(append([]string{"simulate"}, args...), "--trace", path)...); code != 0 {
				t.Fatal(errOut)
			}
		}
		reads := map[string]string{own: ""}
		if binary != "" {
			reads = map[string]string{own: binary, plain: binary}
		}
		for path, with := range reads {
			var got totals
			if got.read(t, path, with); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: Perfetto reads\n%v, want\n%v", filepath.Base(path), got, want)
			}
		}
		t.Logf("%s: %d requests, %d kinds of slices, %d counters", name, want.Slices["request"][0], len(want.Slices), len(want.Counters))
	}
	if binary == "" {
		t.Log("there is no trace processor here (VSIM_TRACE_PROCESSOR=PATH): read by the published schema alone")
	}
}
