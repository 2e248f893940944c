package record

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"vsim/sim/scenario"
)

// example is a load with some of everything.
func example() *Run {
	h := Header{Version: 1, Server: "triton 2.51.0", Address: "grpc://127.0.0.1:1", Model: "m", Input: "noise", Generator: "g", Load: "2 clients", Clients: 2,
		Stationary: true, Batch: 1, Seed: 1, BeganNs: 1e18, WarmUpNs: 100, MeasureNs: 1000}
	return &Run{Header: h, Generators: 1,
		Requests: []Request{{1, 2, 3, 0, ""}, {150, 151, 600, 1, Rejected}, {160, 170, 900, 0, Failed}, {700, 710, 1200, 0, Expired}},
		Gauges:   []Gauge{{1.5, 0, 100}, {2, 100, 600}, {1, 600, 1100}},
		End:      &End{Unanswered: 1, FirstFailure: "no", Client: Client{CPUS: 1, SpanS: 2, Cores: 2}, Server: &Split{Requests: 3, QueueS: 0.25}}}
}

func write(t *testing.T, dir string, runs ...*Run) {
	t.Helper()
	w, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range runs {
		w.Begin(r.Header)
		for _, g := range r.Gauges {
			w.Gauge(g)
		}
		for _, q := range r.Requests {
			w.Request(q)
		}
		if r.End != nil {
			w.End(*r.End)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestRecordsAreReadAsTheyWereWritten(t *testing.T) {
	dir := t.TempDir()
	first, second := example(), example()
	second.Requests, second.End = nil, nil
	write(t, dir, first, second)
	got, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if want := []*Run{first, second}; !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v and %+v", got[0], got[1])
	}
	if mean, ok := first.InFlight(); !ok || mean != 1.5 {
		t.Errorf("%g in flight within the window, %v; want 1.5", mean, ok)
	}
	var bad *scenario.InputError
	if _, err := Create(dir); !errors.As(err, &bad) || !strings.Contains(err.Error(), "name another folder") {
		t.Errorf("records would be written over: %v", err)
	}
}

// A file may end anywhere: what is whole is there.
func TestATornFileIsReadUpToItsEnd(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, example())
	path := filepath.Join(dir, File)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	header := bytes.IndexByte(text, '\n') + 1
	for n := header; n <= len(text); n++ {
		runs, err := Parse(path, bytes.NewReader(text[:n]))
		if err != nil {
			t.Fatalf("the first %d bytes: %v", n, err)
		}
		r := runs[0]
		lines := bytes.Count(text[header:n], []byte("\n"))
		found := len(r.Gauges) + len(r.Requests)
		if r.End != nil {
			found++
		}
		if found != lines || r.Torn != (text[n-1] != '\n') {
			t.Fatalf("the first %d bytes: %d records of %d whole lines, torn %v", n, found, lines, r.Torn)
		}
	}
	if _, err := Parse(path, bytes.NewReader(text[:header-1])); err == nil {
		t.Error("a file with half a header is read")
	}
}

func TestWhatIsNoRecordIsRefused(t *testing.T) {
	good := `{"load":{"version":1,"server":"s","address":"","model":"m","input":"","generator":"","load":"","stationary":true,"batch":1,"seed":0,"began_unix_ns":1,"warm_up_ns":0,"measure_ns":9}}` + "\n"
	for line, want := range map[string]string{
		`{"due_ns":5,"sent_ns":4,"came_ns":6}`:                     "must be ascending",
		`{"due_ns":-5,"sent_ns":4,"came_ns":6}`:                    "must be ascending",
		`{"due_ns":5,"sent_ns":6,"came_ns":9000000000000000001}`:   "must be ascending",
		`{"due_ns":5,"sent_ns":6,"came_ns":7,"outcome":"perhaps"}`: "must be rejected, expired or failed",
		`{"due_ns":5.5,"sent_ns":6,"came_ns":7}`:                   "is no record",
		`{"in_flight":-1,"from_ns":0,"to_ns":1}`:                   "must be 0 or more",
		`{"in_flight":1,"from_ns":3,"to_ns":1}`:                    "ascending",
		`{"extra":1}`:                                              "unknown field",
		`{}`:                                                       "neither load, request, gauge nor end",
		`[1,2,3]`:                                                  "is no record",
		`hello`:                                                    "is no record",
		`{"end":{"unanswered":0,"client":{"cpu_s":0,"sender_cpu_s":0,"span_s":0,"cores":0}}}` + "\n" + `{"due_ns":1,"sent_ns":1,"came_ns":1}`: "after the end",
		strings.Replace(strings.TrimSpace(good), `"version":1`, `"version":7`, 1):                                                             "load.version is 7",
		strings.Replace(strings.TrimSpace(good), `"batch":1`, `"batch":0`, 1):                                                                 "no such load",
		strings.Repeat("x", 2<<20): "longer than",
	} {
		_, err := Parse("f", strings.NewReader(good+line+"\n"))
		var bad *scenario.InputError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "f:") {
			t.Errorf("%.60s: %v, want %q", line, err, want)
		}
	}
	for _, text := range []string{"", `{"due_ns":1,"sent_ns":1,"came_ns":1}` + "\n"} {
		if _, err := Parse("f", strings.NewReader(text)); err == nil {
			t.Errorf("%q is read", text)
		}
	}
	if _, err := Read(t.TempDir()); err == nil || !strings.Contains(err.Error(), "vsim load -o") {
		t.Errorf("a folder without records: %v", err)
	}
}

// Times of several generators are brought together by the clock of the day.
func TestMergeGoesByTheClock(t *testing.T) {
	a, b := example(), example()
	b.BeganNs += 300
	b.Clients = 3
	m, err := Merge([]string{"a", "b"}, []*Run{a, b})
	if err != nil {
		t.Fatal(err)
	}
	from, to := m.Window()
	if from != 400 || to != 1100 || m.Clients != 5 || m.Generators != 2 || len(m.Requests) != 8 || m.Requests[4] != (Request{301, 302, 303, 0, ""}) {
		t.Errorf("window %d to %d, %d clients, requests %v", from, to, m.Clients, m.Requests)
	}
	// a has 2 in flight for 200 ns and 1 for 500; b, 300 ns later, 2 for 500 and 1 for 200.
	if mean, ok := m.InFlight(); !ok || math.Abs(mean-(2*200+500+2*500+200)/700.0) > 1e-12 {
		t.Errorf("%g in flight, %v", mean, ok)
	}
	if m.End == nil || m.End.Unanswered != 2 || !m.Whole() {
		t.Errorf("%+v", m.End)
	}
}

func TestOnlyLoadsThatWereTogetherAreMerged(t *testing.T) {
	for want, change := range map[string]func(r *Run){
		"load.server":                       func(r *Run) { r.Server = "other" },
		"load.model":                        func(r *Run) { r.Model = "other" },
		"load.batch":                        func(r *Run) { r.Batch = 2 },
		"load.load":                         func(r *Run) { r.Clients, r.RateRPS = 0, 5 },
		"is the load in a ":                 func(*Run) {},
		"was not measured at the same time": func(r *Run) { r.BeganNs += 5000 },
	} {
		other := example()
		change(other)
		if _, err := Merge([]string{"a", "b"}, []*Run{example(), other}); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "b/") {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	var text bytes.Buffer
	dir := f.TempDir()
	w, err := Create(dir)
	if err != nil {
		f.Fatal(err)
	}
	r := example()
	w.Begin(r.Header)
	w.Request(r.Requests[1])
	w.Gauge(r.Gauges[0])
	w.End(*r.End)
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(filepath.Join(dir, File))
	if err != nil {
		f.Fatal(err)
	}
	text.Write(whole)
	f.Add(text.Bytes())
	f.Add(text.Bytes()[:text.Len()-5])
	f.Add([]byte(fmt.Sprintf("%s%s", whole, whole)))
	f.Fuzz(func(t *testing.T, text []byte) {
		runs, err := Parse("f", bytes.NewReader(text))
		if err != nil {
			return
		}
		for _, r := range runs {
			if from, to := r.Window(); from < 0 || to < from {
				t.Errorf("window %d to %d", from, to)
			}
			if mean, ok := r.InFlight(); ok && !(mean >= 0) {
				t.Errorf("%g in flight", mean)
			}
		}
	})
}
