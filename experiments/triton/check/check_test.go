package check

import (
	"math"
	"strings"
	"testing"

	"vsim/experiments/oip/wire"
	"vsim/experiments/triton/repository"
	"vsim/experiments/validate"
	"vsim/sim/engine/stats"
	"vsim/sim/predict"
)

// The cases that the issue asks for: names and files of their own, in groups with one server each.
func TestCases(t *testing.T) {
	cases := Cases(false)
	names, files := map[string]bool{}, map[string]bool{}
	for _, c := range cases {
		names[c.Name], files[c.slug()] = true, true
		if (c.Clients > 0) == (c.Load > 0) || c.Measure <= 0 || c.Model == "" {
			t.Errorf("%+v", c)
		}
		if _, err := repository.Configs(c.Server, "graph"); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
	if len(cases) < 24 || len(names) != len(cases) || len(files) != len(cases) || len(groups(cases)) != len(all) {
		t.Errorf("%d cases of %d names and %d files in %d groups", len(cases), len(names), len(files), len(groups(cases)))
	}
	for _, want := range []string{"1 client", "64 clients", "Poisson 30 %", "Poisson 90 %", "two instances, 64 clients", "JPEG, 16 clients", "two priorities", "preferred 4", "max batch 2"} {
		if _, err := named(cases, []string{want}); err != nil {
			t.Error(err)
		}
	}
	fast := Cases(true)
	if len(fast) != 8 {
		t.Errorf("%d quick cases, want 8", len(fast))
	}
	if _, err := named(cases, []string{"64 clients", "nope"}); err == nil || !strings.Contains(err.Error(), `"nope"`) {
		t.Errorf("error %v", err)
	}
	if some, err := named(cases, []string{"64 clients", "JPEG"}); err != nil || len(some) != 6 {
		t.Errorf("%d cases, %v", len(some), err)
	}
}

func TestOptions(t *testing.T) {
	if err := (Options{Rounds: 1}).Check(); err == nil || !strings.Contains(err.Error(), "1 live runs of each case") {
		t.Errorf("error %v", err)
	}
	if err := (Options{Cases: []string{"nope"}}).Check(); err == nil {
		t.Error("an unknown case is no error")
	}
	if o := (Options{Slice: 1}).or(quickly); o.Slice != 1 || o.First != quickly.First || o.Rounds != 2 || o.Check() != nil {
		t.Errorf("%+v", o)
	}
}

// What should hold is taken from all rows of a metric but the throughput of servers that keep up; a tail may be as far off as noise
// allows.
func TestGoals(t *testing.T) {
	rows := []Row{
		{Case: "a", Metric: validate.Throughput, Error: 0.03}, {Case: "b", Metric: validate.Throughput, Error: -0.13}, {Case: "c", Metric: validate.Throughput, Error: 0.01},
		{Case: "open", Metric: validate.Throughput, Error: 0.5},
		{Case: "a", Metric: validate.LatencyP50, Error: -0.05},
		{Case: "a", Metric: validate.LatencyP99, Error: 0.14}, {Case: "b", Metric: validate.LatencyP99, Error: -0.29, NoiseFloor: 0.2}, {Case: "c", Metric: validate.LatencyP99, Error: 0.6, NoiseFloor: 0.2},
		{Case: "a", Metric: validate.StagePrefix + queuePart, Error: 0.11}, {Case: "a", Metric: validate.StagePrefix + computePart, Error: -0.09},
	}
	found := goals(rows, map[string]bool{"open": true})
	want := []struct {
		found float64
		n     int
		holds bool
	}{{0.03, 3, true}, {0.13, 3, false}, {0.05, 1, true}, {0.29 / 0.3, 3, true}, {0.11, 1, false}, {0.09, 1, true}}
	if len(found) != len(want) || len(goals(nil, nil)) != 0 {
		t.Fatalf("%d goals, %d of nothing", len(found), len(goals(nil, nil)))
	}
	for i, w := range want {
		if g := found[i]; math.Abs(g.Found-w.found) > 1e-12 || g.N != w.n || g.Holds() != w.holds {
			t.Errorf("%+v, holds: %v; want %+v", g, g.Holds(), w)
		}
	}
}

// A split is the difference of two readings, by request served.
func TestSplits(t *testing.T) {
	reading := func(n uint64) []*wire.ModelStatistics {
		d := func(ns uint64) *wire.StatisticDuration { return &wire.StatisticDuration{Count: n, Ns: n * ns} }
		return []*wire.ModelStatistics{{Name: "m", ExecutionCount: n / 2, InferenceStats: &wire.InferStatistics{
			Success: d(10e6), Queue: d(4e6), ComputeInput: d(1e6), ComputeInfer: d(3e6), ComputeOutput: d(5e5), Fail: &wire.StatisticDuration{Count: n / 10}}}}
	}
	s := splits(reading(100), reading(140))[0]
	if s.Served != 40 || s.Failed != 4 || s.Executions != 20 || !near(s.QueueS, 4e-3) || !near(s.ComputeS(), 4.5e-3) || !near(s.Batch(), 2) {
		t.Errorf("%+v", s)
	}
	if s := splits(reading(100), reading(100))[0]; s.Served != 0 || s.QueueS != 0 || s.Batch() != 0 {
		t.Errorf("of nothing: %+v", s)
	}
}

// The wait of those that were served, where others gave up, is what their latency has beside its other parts.
func TestQueueOfTheServed(t *testing.T) {
	at := func(x float64) stats.Interval { return stats.Interval{Value: x} }
	p := &predict.Prediction{LatencyS: predict.Latency{Mean: at(0.1)}, Stages: []predict.Stage{
		{Name: "front", Queue: predict.Queue{WaitS: at(0.01)}, Steps: []predict.Step{{Name: "receive", AloneS: at(0.02)}}},
		{Name: "model", Queue: predict.Queue{WaitS: at(0.05)}, Steps: []predict.Step{{Name: "take", AloneS: at(0.002)}, {Name: "infer", AloneS: at(0.028), SharingS: at(0.01)}}},
	}}
	if w := queueS(p, &p.Stages[1]); !near(w, 0.052) {
		t.Errorf("%v, want what the queue says, and taking", w)
	}
	p.Dropped.Share = at(0.2)
	if w := queueS(p, &p.Stages[1]); !near(w, 0.032) {
		t.Errorf("%v, want 32 ms", w)
	}
}
