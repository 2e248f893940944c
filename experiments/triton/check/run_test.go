package check

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vsim/experiments/validate"
	"vsim/sim"
	"vsim/sim/scenario"
)

// heldOut are cases that the fake can serve as Triton would: those with batches of one, in its queue's order.
var heldOut = []string{"max batch 1, 4 clients", "two instances, 4 clients", "queue of 16", "two priorities"}

// Every case is calibrated for, predicted and run; the server's split is that of the fake, to the ns; and what is kept of a case
// predicts the same again.
func TestRun(t *testing.T) {
	place, dir := &fakeSite{}, filepath.Join(t.TempDir(), "out")
	r, err := fakeRun(t, place, Options{Cases: heldOut, Output: dir})
	if err != nil {
		if r != nil {
			t.Errorf("warnings %q", r.Warnings)
		}
		t.Fatal(err)
	}
	if !r.Complete || len(r.Sides) != 4 || place.rounds != 9 {
		t.Errorf("complete %v, %d cases, %d rounds of calibration, warnings %q", r.Complete, len(r.Sides), place.rounds, r.Warnings)
	}
	if !slices.Contains(r.Warnings, "calibrating classify: it is a fake") {
		t.Errorf("warnings %q", r.Warnings)
	}
	for _, s := range r.Sides {
		infer := rowOf(t, r, s.Case, validate.StagePrefix+"compute_infer_s")
		compute := rowOf(t, r, s.Case, validate.StagePrefix+computePart)
		if !near(infer.Measured, fakeInfer.Seconds()) || math.Abs(infer.Error) > 1e-4 || !near(compute.Measured, (fakeInput+fakeInfer+fakeOutput).Seconds()) || math.Abs(compute.Error) > 1e-4 {
			t.Errorf("%s: infer %+v, compute %+v", s.Case, infer, compute)
		}
		if !near(s.Batch, 1) || !near(s.PredictedBatch, 1) {
			t.Errorf("%+v", s)
		}
		if rate := rowOf(t, r, s.Case, validate.Throughput); rate.Runs != 2 || rate.Measured <= 0 || rate.Judged != 2 {
			t.Errorf("throughput %+v", rate)
		}
	}
	// 4 clients at one instance wait for three others; two instances do twice as much.
	one, two := rowOf(t, r, "max batch 1, 4 clients", validate.Throughput), rowOf(t, r, "two instances, 4 clients", validate.Throughput)
	if want := 1 / (fakeInput + fakeInfer + fakeOutput).Seconds(); math.Abs(one.Predicted/want-1) > 1e-3 || math.Abs(two.Predicted/want/2-1) > 1e-3 {
		t.Errorf("predicted %v and %v, want %v and twice that", one.Predicted, two.Predicted, want)
	}
	// No server is faster than its instances.
	if most := one.Predicted * 1.05; one.Measured > most || two.Measured > 2*most {
		t.Errorf("measured %v and %v", one.Measured, two.Measured)
	}
	const urgent = "two priorities, timeout 100 ms, Poisson 120 %"
	for _, class := range []string{"high", "low"} {
		if row := rowOf(t, r, urgent, validate.StagePrefix+class+"_latency_s"); row.Measured < (fakeInput+fakeInfer+fakeOutput).Seconds() || row.Predicted <= 0 {
			t.Errorf("%s: %+v", class, row)
		}
	}
	checkDrops(t, r)
	checkFolder(t, r, dir)
	high, served := 0, uint64(0)
	for _, f := range place.started {
		high += f.high
		if f.high > 0 {
			served += f.runs
		}
	}
	if share := float64(high) / float64(served); share < 0.15 || share > 0.55 {
		t.Errorf("a share of %v of the requests is urgent, want a third", share)
	}
}

// checkDrops: a queue that is too short for what is offered turns requests away, live and predicted.
func checkDrops(t *testing.T, r *Report) {
	t.Helper()
	const name = "queue of 16, Poisson 130 %"
	dropped, rejected := rowOf(t, r, name, validate.Dropped), rowOf(t, r, name, validate.StagePrefix+"rejected_share")
	if dropped.Measured <= 0 || dropped.Predicted <= 0 || !near(dropped.Measured, rejected.Measured) || rejected.Predicted <= 0 {
		t.Errorf("dropped %+v, rejected %+v", dropped, rejected)
	}
	i := slices.IndexFunc(r.Sides, func(s Side) bool { return s.Case == name })
	if s := r.Sides[i]; s.Rejected == 0 || s.Expired != 0 || math.Abs(s.OfferedRPS/226.1-1) > 0.01 {
		t.Errorf("%+v", s)
	}
}

// checkFolder: all files are there, and a case's predicts what was predicted.
func checkFolder(t *testing.T, r *Report, dir string) {
	t.Helper()
	for name, want := range map[string]string{
		validate.ReportFile: `"sides"`, "accuracy.csv": "case,band,metric", validate.PageFile: "](curves.svg)", curvesName + ".svg": "<svg", curvesName + ".png": "\x89PNG", "scatter.svg": "<svg", "coverage.svg": "<svg",
	} {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s lacks %q, %v", name, want, err)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, validate.LiveFile))
	if lines := strings.Split(strings.TrimSpace(string(text)), "\n"); err != nil || len(lines) < 8 || !strings.Contains(lines[0], `"server":[{"model":"classify"`) {
		t.Errorf("live runs %q, %v", lines, err)
	}
	const name = "two instances, 4 clients"
	s, err := scenario.Load(filepath.Join(dir, validate.CasesFolder, "two-instances-4-clients.toml"), scenario.Options{})
	if err != nil {
		t.Fatal(err)
	}
	again, err := sim.Predict(t.Context(), sim.Of(s), sim.Options{NoWhatIf: true, NoPI: true})
	if err != nil {
		t.Fatal(err)
	}
	if row := rowOf(t, r, name, validate.Throughput); again.ThroughputRPS.Value != row.Predicted {
		t.Errorf("%s: %v/s predicted, %v/s again", name, row.Predicted, again.ThroughputRPS.Value)
	}
}

func rowOf(t *testing.T, r *Report, name, metric string) Row {
	t.Helper()
	for _, row := range r.Report.Cases {
		if row.Case == name && row.Metric == metric {
			return row
		}
	}
	t.Errorf("no row %s of %s", metric, name)
	return Row{}
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

// What is interrupted is compared as far as it ran; before any case ran there is nothing, and it says so. No server is left.
func TestInterrupt(t *testing.T) {
	for at, cases := range map[string]int{"calibrating": 0, "round 1 of 2: two instances, 4 clients": 1} {
		ctx, cancel := context.WithCancel(t.Context())
		dir := filepath.Join(t.TempDir(), "out")
		o := Options{Cases: heldOut[:2], Output: dir, Measure: 200 * time.Millisecond, once: true}
		r, err := run(ctx, o, &fakeSite{}, func(_, _ int, what string) {
			if what == at {
				cancel()
			}
		})
		cancel()
		if !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "\n") {
			t.Errorf("at %q: error %v", at, err)
		}
		if cases == 0 {
			if r != nil {
				t.Errorf("at %q: there is a report", at)
			}
			continue
		}
		if r == nil || len(r.Sides) != cases || r.Complete {
			t.Fatalf("at %q: report %+v", at, r)
		}
		if _, err := os.Stat(filepath.Join(dir, validate.ReportFile)); err != nil {
			t.Error(err)
		}
	}
}

// A server that does not start, and one that answers nothing, cost their cases and no others.
func TestFailures(t *testing.T) {
	r, err := fakeRun(t, &fakeSite{fails: errors.New("no memory")}, Options{Cases: heldOut[:2]})
	if r == nil || err == nil || !strings.HasPrefix(err.Error(), "2 cases or live runs failed") || len(r.Sides) != 1 || r.Complete {
		t.Fatalf("%v, %+v", err, r)
	}
	if !slices.ContainsFunc(r.Warnings, func(w string) bool { return w == "two instances, 4 clients, run 1: no memory" }) {
		t.Errorf("warnings %q", r.Warnings)
	}
	if r, err := fakeRun(t, &fakeSite{broken: true}, Options{Cases: heldOut[:1]}); r != nil || err == nil || !strings.Contains(err.Error(), "the model is broken") {
		t.Errorf("%v, %v", r, err)
	}
}
