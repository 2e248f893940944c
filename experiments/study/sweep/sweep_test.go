package sweep

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"vsim/sim/predict"
	"vsim/sim/scenario"
)

// small is a queue whose points take about a millisecond.
const small = `[workload]
rate = "800/s"
[[stage]]
name = "server"
service = {dist = "exponential", mean = "1ms"}
[run]
replications = 2
max_events = 4000
`

// long is the same queue, simulated for long enough to tell whether it keeps up.
const long = `[workload]
rate = "800/s"
[[stage]]
name = "server"
service = {dist = "exponential", mean = "1ms"}
[run]
p99_goal = 0.5
throughput_goal = 0.2
max_events = 400000
`

// write makes a scenario file.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s.toml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func mustNew(t *testing.T, file string, opt Options) *Sweep {
	t.Helper()
	s, err := New(file, opt)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// into runs a sweep into a folder.
func into(t *testing.T, file string, opt Options, dir string) *Summary {
	t.Helper()
	out, err := mustNew(t, file, opt).Into(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// contents are the files of a folder.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = string(text)
	}
	return out
}

// wantSame compares all files of two folders.
func wantSame(t *testing.T, got, want map[string]string) {
	t.Helper()
	for name, text := range want {
		if got[name] != text {
			t.Errorf("%s has %d bytes, want the %d of the undisturbed run", name, len(got[name]), len(text))
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s is left over", name)
		}
	}
}

// printed are the rows of a sweep, printed as JSON and read again.
func printed(t *testing.T, file string, opt Options) (rows []map[string]any) {
	t.Helper()
	var b bytes.Buffer
	if err := mustNew(t, file, opt).Print(t.Context(), &b, JSON, nil); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		row := map[string]any{}
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		rows = append(rows, row)
	}
	return rows
}

// Every combination has a row, in order, and what does not work is a row that says so.
func TestEveryPointHasARow(t *testing.T) {
	rows := printed(t, write(t, long), Options{Vary: []string{"workload.rate=500/s,2000/s", "stage.server.workers=1,-1,3"}})
	want := []struct{ rate, workers, verdict string }{
		{"500/s", "1", "stable"}, {"500/s", "-1", "invalid"}, {"500/s", "3", "stable"},
		{"2000/s", "1", "overloaded"}, {"2000/s", "-1", "invalid"}, {"2000/s", "3", "stable"},
	}
	if len(rows) != len(want) {
		t.Fatalf("%d rows, want %d", len(rows), len(want))
	}
	for i, w := range want {
		r := rows[i]
		set := r["set"].(map[string]any)
		workers, _ := json.Marshal(set["stage.server.workers"])
		if r["point"] != float64(i) || set["workload.rate"] != w.rate || string(workers) != w.workers || r["verdict"] != w.verdict {
			t.Errorf("row %d is %v, want %v", i, r, w)
		}
		latency, throughput := r["latency_p99_s"], r["throughput_rps"]
		switch w.verdict {
		case "invalid":
			reason, _ := r["reason"].(string)
			if throughput != nil || !strings.HasPrefix(reason, "--vary: stage.") || !strings.Contains(reason, "workers = -1") || strings.Contains(reason, "\n") {
				t.Errorf("row %d: throughput %v, reason %q", i, throughput, reason)
			}
		case "overloaded":
			if throughput == nil || latency != nil {
				t.Errorf("row %d: throughput %v, p99 %v: an overloaded system has no latency", i, throughput, latency)
			}
		default:
			if low := r["latency_p99_s_ci95"].([]any)[0]; latency == nil || low == nil || low.(float64) >= latency.(float64) {
				t.Errorf("row %d: p99 %v, interval from %v", i, latency, low)
			}
		}
	}
}

// All points see the same arrivals: what a key does not touch is the same to the last digit.
func TestPointsSeeTheSameRandomNumbers(t *testing.T) {
	rows := printed(t, write(t, small), Options{Vary: []string{"name=a,b"}})
	for _, r := range rows {
		delete(r, "point")
		delete(r, "set")
		delete(r, "warnings")
	}
	a, _ := json.Marshal(rows[0])
	b, _ := json.Marshal(rows[1])
	if !bytes.Equal(a, b) {
		t.Errorf("%s\n%s", a, b)
	}
}

func TestZipTakesValuesTogether(t *testing.T) {
	rows := printed(t, write(t, small), Options{Zip: true, Vary: []string{"workload.rate=500/s,900/s", "stage.server.workers=1,2"}})
	if len(rows) != 2 || rows[1]["set"].(map[string]any)["workload.rate"] != "900/s" || rows[1]["set"].(map[string]any)["stage.server.workers"] != 2.0 {
		t.Errorf("%v", rows)
	}
}

// CSV has the same numbers as the lines of JSON, under names.
func TestCSVHasTheNumbersOfJSON(t *testing.T) {
	file, opt := write(t, long), Options{Vary: []string{"workload.rate=500/s,2000/s", "stage.server.workers=1,-1"}}
	var b bytes.Buffer
	if err := mustNew(t, file, opt).Print(t.Context(), &b, CSV, nil); err != nil {
		t.Fatal(err)
	}
	table, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range printed(t, file, opt) {
		for k, name := range table[0] {
			got := table[i+1][k]
			value, has := r[name]
			if !has || name == "warnings" {
				continue
			}
			text, _ := json.Marshal(value)
			if want := strings.Trim(strings.ReplaceAll(string(text), "null", ""), `"`); got != want && !sameNumber(got, want) && name != "reason" {
				t.Errorf("row %d, %s: %q, want %q", i, name, got, want)
			}
		}
	}
}

func sameNumber(a, b string) bool {
	var x, y float64
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && x == y
}

func TestTextIsATableForPeople(t *testing.T) {
	var b bytes.Buffer
	file, opt := write(t, long), Options{Vary: []string{"workload.rate=500/s,2000/s", "stage.server.workers=1,-1"}}
	if err := mustNew(t, file, opt).Print(t.Context(), &b, Text, nil); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	for i, want := range []string{"p99, ms", "500/s", "invalid: --vary: stage.", "overloaded"} {
		if !strings.Contains(lines[i], want) {
			t.Errorf("line %d is %q, want %q in it", i, lines[i], want)
		}
	}
	first := printed(t, file, opt)[0]
	cells := strings.Fields(lines[1])
	for column, want := range map[int]float64{2: first["throughput_rps"].(float64), 4: 1e3 * first["latency_p50_s"].(float64), 5: 1e3 * first["latency_p99_s"].(float64)} {
		if got, err := strconv.ParseFloat(cells[column], 64); err != nil || math.Abs(got/want-1) > 1e-3 {
			t.Errorf("column %d of %q, want %v", column, cells, want)
		}
	}
	if strings.Index(lines[0], "workload.rate")+len("workload.rate") != strings.Index(lines[1], "500/s")+len("500/s") {
		t.Errorf("columns are not aligned:\n%s", b.String())
	}
}

// What is wrong with every point, or with the command line, is an error and no folder of rows.
func TestWrongInputIsRefused(t *testing.T) {
	file := write(t, small)
	for want, opt := range map[string]Options{
		`unknown key; did you mean "rate"?`:              {Vary: []string{"workload.rte=100/s,200/s"}},
		`--vary: workload.rate = 100: has no unit`:       {Vary: []string{"workload.rate=100,200"}},
		"nothing to vary":                                {},
		"must be KEY=VALUES":                             {Vary: []string{"rate"}},
		"a value is empty":                               {Vary: []string{"workload.rate=100/s,"}},
		"the end is below the start":                     {Vary: []string{"stage.server.workers=3..1"}},
		"is varied twice":                                {Vary: []string{"a=1", "a=2"}},
		"with --zip all keys need equally many values":   {Zip: true, Vary: []string{"a=1,2", "b=1"}},
		"more than 1000000 points in all":                {Vary: []string{"a=1..2000", "b=1..2000"}},
		"--set: workload.rate: is varied too; leave out": {Vary: []string{"workload.rate=1/s"}, Set: []string{"workload.rate=2/s"}},
		`--set: x = "x": must be key=value`:              {Vary: []string{"workload.rate=1/s"}, Set: []string{"x"}},
	} {
		_, err := New(file, opt)
		wrong, ok := err.(*scenario.InputError)
		if !ok || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error %v, want %q", opt, err, want)
		} else if len(wrong.Faults) != 1 {
			t.Errorf("%v: %d lines: %v", opt, len(wrong.Faults), err)
		}
	}
	if _, err := New("no-such.toml", Options{Vary: []string{"a=1"}}); err == nil || !strings.Contains(err.Error(), "no-such.toml") {
		t.Error(err)
	}
}

func TestInterruptedPrintSaysHowFar(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := mustNew(t, write(t, small), Options{Vary: []string{"stage.server.workers=1..9"}}).Print(ctx, &bytes.Buffer{}, JSON, nil)
	if err == nil || !strings.HasPrefix(err.Error(), "interrupted after 0 of 9 points") {
		t.Error(err)
	}
}

func TestParseShard(t *testing.T) {
	for text, want := range map[string]Shard{"0/4": {0, 4}, "3/4": {3, 4}, "4/4": {0, 4}, "0/1": {0, 1}, "1/1": {0, 1}} {
		if got, err := ParseShard(text); got != want || err != nil {
			t.Errorf("%s: %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "3", "5/4", "-1/4", "1/0", "a/4", "1/4/2", "1/1000000"} {
		if _, err := ParseShard(text); err == nil || !strings.Contains(err.Error(), "for example --shard 3/64") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestRowsOfAnotherPointAreNotRead(t *testing.T) {
	s := mustNew(t, write(t, small), Options{Vary: []string{"stage.server.workers=1,2"}})
	good := invalidLine(s.axes, s.whole[0], scenario.BadInput("x", "a\nb"))
	if r, err := parse(s.axes, s.whole[0], good); err != nil || r.Reason != "x: a b" || r.Verdict != invalid || predict.Verdict(r.cells()[2]) != invalid {
		t.Errorf("%+v, %v", r, err)
	}
	for _, line := range []string{string(good[:len(good)-1]), "", "{}\n", strings.Replace(string(good), ":1}", ":2}", 1), "\x00\x00\n"} {
		if _, err := parse(s.axes, s.whole[0], []byte(line)); err == nil {
			t.Errorf("%q is taken for a row of point 0", line)
		}
	}
	if _, err := parse(s.axes, s.whole[1], good); err == nil {
		t.Error("a row of point 0 is taken for one of point 1")
	}
}
