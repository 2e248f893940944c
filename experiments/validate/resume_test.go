package validate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vsim/experiments/load"
	"vsim/profile"
	"vsim/profile/device/gpu/fakegpu"
	"vsim/profile/measure/machine"
	"vsim/sim/scenario"
)

// What was interrupted goes on: runs that are there are not made again, rates and lengths stay, and all is compared.
func TestAnInterruptedValidationGoesOn(t *testing.T) {
	fakegpu.Use(t)
	network := fakegpu.Model(t)
	read := func() *Matrix {
		m, err := Read("gpu", []string{"pipeline.model=" + network, "pipeline.image=small", "batcher.max_batch=2"}, 100*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		m.Cases = m.Cases[:2]
		m.Cases[1].Load = 0.5
		return m
	}
	opt := fakeOptions(t)
	opt.Output = t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	first, err := Run(ctx, read(), opt, func(done, _ int, _ string) {
		if done == 1 {
			cancel()
		}
	})
	if first == nil || !errors.Is(err, context.Canceled) || len(compared(first)) != 1 {
		t.Fatalf("%v, %+v", err, first)
	}
	live := filepath.Join(opt.Output, liveFile)
	before := readFile(t, live)
	if err := os.WriteFile(live, append(slices.Clone(before), `{"name": "half a l`...), 0o644); err != nil {
		t.Fatal(err)
	}
	var was plan
	if err := json.Unmarshal(readFile(t, opt.Output, planFile), &was); err != nil || was.Cases[1].RPS <= 0 || was.Cases[1].MeasureS != 0.1 {
		t.Fatalf("%v, plan %+v", err, was)
	}
	opt.Resume = true
	again, steps := read(), 0
	r, err := Run(t.Context(), again, opt, func(_, total int, what string) {
		if strings.HasPrefix(what, "round ") {
			steps++
		}
	})
	if err != nil || !r.Complete || steps != 3 {
		t.Fatalf("%v, %d live runs, warnings %q", err, steps, r.Warnings)
	}
	after := readFile(t, live)
	rounds := map[string]bool{} // attempts that others disturb are repeated
	for _, line := range readRecords(t, opt.Output) {
		rounds[fmt.Sprint(line["name"], line["round"])] = true
	}
	if !bytes.HasPrefix(after, before) || len(rounds) != 4 {
		t.Errorf("the live runs are not those before and three more:\n%.300s", after)
	}
	if again.Cases[1].rps != was.Cases[1].RPS {
		t.Errorf("another rate: %g, was %g", again.Cases[1].rps, was.Cases[1].RPS)
	}
	for _, row := range r.Cases {
		if row.Runs != 2 {
			t.Errorf("%s, %s: of %d runs", row.Case, row.Metric, row.Runs)
		}
	}
	wantWarning(t, r, "1 of 4 live runs are of an earlier session")
	checkFiles(t, opt.Output, r)
}

// Only the same validation goes on, on the same machine; all else is refused before anything is measured, and nothing is touched.
func TestAnotherValidationDoesNotGoOn(t *testing.T) {
	m, err := Read(write(t, two), nil, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	v := &validation{m: m, opt: Options{Output: t.TempDir(), Resume: true, Rounds: 2}}
	if v.store, err = newStore(v.opt.Output); err != nil {
		t.Fatal(err)
	}
	same, err := v.newPlan()
	if err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*plan){
		"it is of Other CPU with ":                                           func(p *plan) { p.CPU = "Other CPU" },
		"it has 1 cases, and now there are 2":                                func(p *plan) { p.Cases = p.Cases[:1] },
		`its case 2 is "poisson", and now "poisson"`:                         func(p *plan) { p.Cases[1].SHA256 = "x" },
		`its case 1 is "clos", and now "closed"`:                             func(p *plan) { p.Cases[0].Case = "clos" },
		"there is nothing to go on with: no live run had begun (plan.json: ": nil,
		"has rps = -1 and":                                                   func(p *plan) { p.Cases[1].RPS = -1 },
		"and measure_s = 1e+30, which":                                       func(p *plan) { p.Cases[0].MeasureS = 1e30 },
	} {
		path := v.store.path(planFile)
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
		if change != nil {
			other := *same
			other.Cases = slices.Clone(same.Cases)
			change(&other)
			text, err := json.Marshal(other)
			if err != nil || os.WriteFile(path, text, 0o644) != nil {
				t.Fatal(err)
			}
		}
		err := v.begin()
		if !errors.As(err, new(*scenario.InputError)) || !strings.Contains(err.Error(), want) || !strings.HasSuffix(err.Error(), "leave --resume out to begin anew") || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// A live run that is read again is what it was: its figures to seven digits, its own times exactly. Of the attempts of a round the least
// disturbed counts, and failures do not.
func TestLiveRunsAreReadAgain(t *testing.T) {
	s, r := threeServed(t)
	c := &Case{Name: "c", Scenario: s}
	r.ThroughputRPS, r.Completed, r.Span, r.Dropped = 1./3, 3, 2*time.Second, map[string]int{"expired": 1}
	r.LatencyS = []float64{0.1, 0.2, 1. / 3}
	st, err := newStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	worse := *r
	worse.ThroughputRPS = 1
	for i, a := range []struct {
		others float64
		result *load.Result
		err    error
	}{{0.2, &worse, nil}, {0.1, r, nil}, {0, &worse, errors.New("broken")}} {
		if err := st.live(newRecord(st, liveRun{c, 0}, i, &around{began: time.Now(), use: machine.Use{Others: a.others}}, a.result, a.err)); err != nil {
			t.Fatal(err)
		}
	}
	records, err := st.resume()
	if err != nil || len(records) != 3 {
		t.Fatalf("%v, %d records", err, len(records))
	}
	v := newValidation(&Matrix{Cases: []*Case{c}}, Options{Rounds: 2})
	v.takeOver(records)
	if len(v.results[c]) != 1 || !v.has[liveRun{c, 0}] || len(v.runs()) != 1 {
		t.Fatalf("%d results, has %v", len(v.results[c]), v.has)
	}
	back := v.results[c][0]
	for _, m := range metrics {
		if got, want := m.measured(back), m.measured(r); math.Abs(got-want) > 1e-6*want {
			t.Errorf("%s is %g, was %g", m.name, got, want)
		}
	}
	got, want := v.servicesOf(c, back), servicesOf(s, r)
	if a, b := encoded(t, got), encoded(t, want); a != b || len(want) == 0 {
		t.Errorf("own times\n%s\nwere\n%s", a, b)
	}
}

// Records that no live run wrote, and rounds that are not asked for, are left out.
func TestDamagedRecordsAreLeftOut(t *testing.T) {
	s, _ := threeServed(t)
	c := &Case{Name: "c", Scenario: s}
	for what, damage := range map[string]func(*record){
		"round 0":            func(r *record) { r.Round = 0 },
		"round 3 of 2":       func(r *record) { r.Round = 3 },
		"no span":            func(r *record) { r.MeasuredS = 0 },
		"a rate below 0":     func(r *record) { r.Throughput = -1 },
		"a latency below 0":  func(r *record) { r.Latencies = []seconds{-1} },
		"a quantile of 0":    func(r *record) { r.Quantiles = []seconds{0} },
		"nothing was served": func(r *record) { r.Completed = 0 },
		"a job of -1 ns":     func(r *record) { r.WithinNs = -1 },
	} {
		r := &record{Case: "c", Round: 1, MeasuredS: 1, Throughput: 1, Completed: 1, Latencies: []seconds{0.1}}
		for _, want := range []int{1, 0} {
			v := newValidation(&Matrix{Cases: []*Case{c}}, Options{Rounds: 2})
			if v.takeOver([]*record{r}); len(v.results[c]) != want || len(v.has) != want {
				t.Errorf("%s: %d results, want %d", what, len(v.results[c]), want)
			}
			damage(r)
		}
	}
}

func encoded(t *testing.T, services []profile.Service) string {
	t.Helper()
	text, err := (&profile.Profile{Services: services}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Of two sessions the profile of that one counts which measured more.
func TestTheRicherProfileCounts(t *testing.T) {
	few, many := &profile.Profile{Services: []profile.Service{{N: 10}}}, &profile.Profile{Services: []profile.Service{{N: 9}, {N: 9}}}
	if richer(few, many) != many || richer(many, few) != many || richer(few, nil) != few {
		t.Error("the poorer profile counts")
	}
}
