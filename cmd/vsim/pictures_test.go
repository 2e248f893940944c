package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vsim/sim/predict"
)

// slice is an event of a trace.
type slice struct {
	Name, Cat, Ph string
	Ts, Dur       float64
	Pid, Tid      int
	Args          map[string]any
}

func trace(t *testing.T, args ...string) (events []slice) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "trace.json")
	if code, _, errOut := vsim(append(append([]string{"simulate"}, args...), "--trace", path)...); code != 0 {
		t.Fatal(errOut)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ TraceEvents []slice }
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all.TraceEvents
}

// recorded writes a scenario in which nothing is random, with requests that come in bursts and end, so that all replications are the
// trace's run.
func recorded(t *testing.T) string {
	t.Helper()
	folder, csv := t.TempDir(), "time_us\n"
	for i := range 300 {
		csv += fmt.Sprintln(2000*(i/7) + 90*(i%7))
	}
	scenario := `
[run]
jitter = 0
[workload]
file = "requests.csv"
[[resource]]
name = "cores"
type = "cpu"
capacity = 1.5
[[resource]]
name = "chip"
type = "engine"
capacity = 0
slots = 1
[[stage]]
name = "read"
workers = 3
steps = [{name = "decode", resource = "cores", service = "400us"}, {name = "scale", resource = "chip", service = "150us"}]
[[stage]]
name = "detect"
max_batch = 4
max_queue_delay = "500us"
service = "700us"
`
	for name, text := range map[string]string{"requests.csv": csv, "recorded.toml": scenario} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(folder, "recorded.toml")
}

// TestTraceIsTheReport: the means of the trace's slices are those of the report, over the same requests.
func TestTraceIsTheReport(t *testing.T) {
	file := recorded(t)
	_, out, errOut := vsim("simulate", file, "--json")
	var p predict.Prediction
	if err := json.Unmarshal([]byte(out), &p); err != nil {
		t.Fatal(err, errOut)
	}
	sums, requests := map[string]float64{}, 0.0
	for _, e := range trace(t, file) {
		switch e.Cat {
		case "request":
			requests++
			sums["latency"] += e.Dur
		case "queue", "line":
			sums[e.Name] += e.Dur
		case "step":
			sums[e.Name] += e.Dur
			sums[e.Name+" alone"] += e.Args["alone_us"].(float64)
		}
	}
	want := map[string]float64{"latency": p.LatencyS.Mean.Value}
	for i := range p.Stages {
		st := &p.Stages[i]
		want[st.Name+" queue"] = st.Queue.WaitS.Value
		for k := range st.Steps {
			s := &st.Steps[k]
			want[s.Name] = s.AloneS.Value + s.SharingS.Value
			want[s.Name+" alone"] = s.AloneS.Value
			if s.WaitS.Value > 0 {
				want[s.Name+" line"] = s.WaitS.Value
			}
		}
	}
	if requests != 300 || len(sums) != len(want) || want["scale line"] == 0 || want["decode"] <= want["decode alone"] {
		t.Errorf("%v requests, sums %v, want %v", requests, sums, want)
	}
	for name, mean := range want {
		if got := sums[name] / requests * 1e-6; math.Abs(got-mean) > 1e-10 {
			t.Errorf("%s: %v s in the trace, %v in the report", name, got, mean)
		}
	}
}

// TestTraceAfter: a trace begins after the time that is let pass.
func TestTraceAfter(t *testing.T) {
	first := math.Inf(1)
	for _, e := range trace(t, "../../experiments/examples/mm1.toml", "--trace-requests", "10", "--trace-after", "2s") {
		if e.Cat == "request" {
			first = min(first, e.Ts)
		}
	}
	if first < 2e6 || first > 2.1e6 {
		t.Errorf("the first request comes after %v us", first)
	}
}

// TestTraceTracks: slices of a track lie within each other or one after the other, and there are no more tracks than requests inside.
func TestTraceTracks(t *testing.T) {
	events := trace(t, "../../experiments/examples/faces.toml", "--trace-requests", "150", "--set", "run.max_events=20000")
	tracks, requests := map[int][]slice{}, 0
	for _, e := range events {
		if e.Ph == "X" {
			tracks[e.Tid] = append(tracks[e.Tid], e)
		}
		if e.Cat == "request" {
			requests++
		}
	}
	if requests != 150 || len(tracks) < 2 {
		t.Fatalf("%d requests on %d tracks", requests, len(tracks))
	}
	ns := func(us float64) int64 { return int64(math.Round(us * 1000)) }
	for id, all := range tracks {
		var open []int64 // ends of the slices that are open
		last := int64(0)
		for _, e := range all {
			from, to := ns(e.Ts), ns(e.Ts)+ns(e.Dur)
			for len(open) > 0 && open[len(open)-1] <= from {
				open = open[:len(open)-1]
			}
			if from < last || len(open) > 0 && to > open[len(open)-1] || len(open) > 1 {
				t.Fatalf("track %d: %+v lies across another", id, e)
			}
			open, last = append(open, to), from
		}
	}
	counters := slices.DeleteFunc(events, func(e slice) bool { return e.Ph != "C" })
	for _, name := range []string{"detect", "gpu, of 8"} {
		if !slices.ContainsFunc(counters, func(e slice) bool { return e.Name == name }) {
			t.Errorf("no counter %s", name)
		}
	}
}

// TestPicturesAreRefused: names with other endings, files that cannot be written or would not be, and inputs; then nothing is simulated.
func TestPicturesAreRefused(t *testing.T) {
	file := recorded(t)
	input := filepath.Join(filepath.Dir(file), "input.html")
	if err := os.Symlink(file, input); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"--html report.pdf: the file's name must end in .html, .htm":   {"--html", "report.pdf"},
		"--trace out.pb: the file's name must end in .json, .pftrace":  {"--trace", "out.pb"},
		"--trace-after -1s: must not be negative":                      {"--trace-after=-1s"},
		"--trace-requests 0: must be 1 to 100000":                      {"--trace-requests", "0"},
		"--expand: nothing is simulated, so that --html has no effect": {"--expand", "--html", "x.html"},
		"--print: nothing is simulated, so that --json has no effect":  {"--print", "--json"},
		"--keys: lists the keys of every scenario; leave out the file": {"--keys"},
		"would write over":             {"--html", input},
		"cannot be written":            {"--trace", filepath.Join(file, "trace.json")},
		"a folder, not a regular file": {"--html", folderNamed(t, "x.html")},
	} {
		if code, out, errOut := vsim(append([]string{"simulate", file}, args...)...); code != 2 || out != "" || !strings.Contains(errOut, want) {
			t.Errorf("%v: exit %d, %s, want %q", args, code, errOut, want)
		}
	}
}

// folderNamed makes a folder of a name.
func folderNamed(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestHTMLSameSeedSameBytes: page and trace are the same for the same seed and differ for another.
func TestHTMLSameSeedSameBytes(t *testing.T) {
	made := func(seed string) string {
		folder, all := t.TempDir(), ""
		html, json := filepath.Join(folder, "r.html"), filepath.Join(folder, "t.json")
		if code, _, errOut := vsim("simulate", "../../experiments/examples/mm1.toml", "--html", html, "--trace", json, "--seed", seed); code != 0 {
			t.Fatal(errOut)
		}
		for _, path := range []string{html, json} {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			all += string(text)
		}
		return all
	}
	first := made("1")
	if made("1") != first {
		t.Error("the same seed gives other bytes")
	}
	if made("2") == first {
		t.Error("another seed gives the same bytes")
	}
}

// TestTraceTooLate: what would let time pass for ever says how much of it there may be.
func TestTraceTooLate(t *testing.T) {
	code, _, errOut := vsim("simulate", "../../experiments/examples/mm1.toml", "--set", "run.max_events=100000", "--trace", filepath.Join(t.TempDir(), "t.json"), "--trace-after", "100000h")
	if code != 2 || !strings.Contains(errOut, "run.max_events = 100000") {
		t.Errorf("exit code %d: %s", code, errOut)
	}
}
