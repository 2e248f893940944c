package report

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"

	"vsim/sim/golden"
	"vsim/sim/predict"
)

// e is an estimate, only one without doubt.
func e(v, low, high float64) predict.Estimate {
	return predict.Estimate{Value: v, Low: low, High: high}
}

func only(v float64) predict.Estimate { return e(v, v, v) }

// sample is a prediction with every field set, of two GPUs on one link.
func sample() *predict.Prediction {
	return &predict.Prediction{
		Schema:        predict.Schema,
		Notes:         []string{"Two GPUs.", "Closed loop: 64 clients, no think time."},
		Scenario:      "name = \"two GPUs\"\n",
		ThroughputRPS: e(12345.6, 12300, 12400),
		LatencyS: predict.Latency{Mean: e(0.0412, 0.0410, 0.0414), P50: e(0.04, 0.0399, 0.0401), P90: e(0.0999, 0.098, 0.102),
			P95: e(0.25, 0.24, 0.26), P99: e(0.99996, 0.95, 1.05), P999: e(1.5, 1.2, 1.9)},
		Verdict:   predict.Stable,
		WaitShare: only(0.5), FillShare: only(0.1), SharingShare: only(0.2),
		OfferedRPS: e(12350, 12300, 12400),
		Classes: []predict.Class{
			{Name: "small", ThroughputRPS: e(9000, 8990, 9010), LatencyS: predict.Latency{Mean: e(0.03, 0.0299, 0.0301), P50: only(0.029), P99: e(0.5, 0.45, 0.55)}},
			{Name: "large", ThroughputRPS: e(3345, 3340, 3350), LatencyS: predict.Latency{Mean: e(0.07, 0.068, 0.072), P50: only(0.069), P99: e(1.2, 1.1, 1.3)}},
		},
		Stages: []predict.Stage{{
			Name: "inference", Utilization: only(0.9), MeanBatch: e(31.96, 31.9, 32.02), Visits: only(1),
			Queue: predict.Queue{WaitS: e(0.0206, 0.0204, 0.0208), FillS: only(0.004), Share: only(0.5)},
			Steps: []predict.Step{
				{Name: "h2d", Resource: "link h2d", Type: "link", Times: "published", WaitS: only(0.001), AloneS: only(0.0000063), Share: only(0.0002), Utilization: only(0.0001)},
				{Name: "infer", Resource: "gpu", Type: "gpu", Times: "measured", AloneS: only(0.0125), SharingS: e(0.008, 0.0079, 0.0081), Share: only(0.4998), Utilization: e(0.9, 0.89, 0.91)},
			},
		}},
		Resources: []predict.Resource{
			{Name: "cpu", Type: "cpu", Utilization: only(0.125)},
			{Name: "link h2d", Type: "link", Utilization: only(0.02)},
			{Name: "gpu", Type: "gpu", Utilization: only(0.97), Copies: []predict.Copy{{Utilization: only(0.96)}, {GPU: 1, Utilization: only(0.98)}}},
			{Name: "latency", Type: "delay", Utilization: only(0.3)},
			{Name: "think", Type: "own", Utilization: only(0.999), Unlimited: true},
		},
		Bottleneck: "gpu", BottleneckCause: &predict.Limit{Cause: predict.BusyResource, Name: "gpu", Key: "gpu"},
		WhatIf:    &predict.WhatIf{Change: "gpu twice as fast", Key: "gpu", ThroughputGain: e(0.95, 0.94, 0.96), LatencyGain: e(0.45, 0.44, 0.46), P99Gain: e(0.3, 0.1, 0.5)},
		AlsoTried: []predict.WhatIf{{Change: "twice the inference workers", Key: "inference.instances", ThroughputGain: e(0.001, -0.001, 0.003), LatencyGain: e(-0.01, -0.02, 0), P99Gain: only(0)}},
		EnergyJ:   &predict.Energy{CPU: e(0.0123, 0.0122, 0.0124), GPU: e(0.345, 0.34, 0.35), Other: only(0.01), CPUIdleShare: only(0.8), GPUIdleShare: only(0.1), OtherIdleShare: only(0)},
		PI: &predict.PI{HorizonS: 60, SimulatedS: 12.5, Replicates: 16, Unknown: []string{"how far off published figures are (p)"},
			ThroughputRPS: spread(12000, 12700, 0.4, 0.6, 0), DroppedShare: spread(0, 0, 0, 1, 0), LatencyS: predict.SpreadOfLatency{
				Mean: spread(0.04, 0.043, 0.5, 0.3, 0.2), P50: spread(0.039, 0.041, 0.5, 0.3, 0.2), P90: spread(0.095, 0.11, 0.5, 0.3, 0.2),
				P95: spread(0.22, 0.28, 0.5, 0.3, 0.2), P99: spread(0.85, 1.2, 0.4, 0.5, 0.1), P999: spread(1.1, 2.2, 0.4, 0.5, 0.1)}},
		Warnings: []string{"infer: 3 of 8 batch sizes are interpolated between profiled ones"},
		Run: predict.RunInfo{Seed: 7, Replications: 8, Events: 1234567, Requests: 45678, SimS: 12.5, WallS: 0.25,
			Scenario: "sha256:ab", Profile: "p sha256:cd"},
	}
}

func spread(low, high, profile, chance, model float64) predict.Spread {
	return predict.Spread{Low: low, High: high, Profile: profile, Chance: chance, Model: model}
}

func TestTextGolden(t *testing.T) {
	var b bytes.Buffer
	if err := Text(&b, sample()); err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "testdata/report.txt", b.Bytes())
	for i, line := range strings.Split(b.String(), "\n") {
		if strings.TrimRight(line, " ") != line {
			t.Errorf("line %d ends in blanks", i+1)
		}
	}
}

// TestWhatIfOfThePeak: lines of a day say that they are of its peak.
func TestWhatIfOfThePeak(t *testing.T) {
	p := sample()
	p.WhatIf.AtPeak = true
	var b bytes.Buffer
	if err := Text(&b, p); err != nil || !strings.Contains(b.String(), "\nAt the peak, with gpu twice as fast: throughput +95.0") || !strings.Contains(b.String(), "\nWith twice the inference workers") {
		t.Errorf("%v\n%s", err, b.String())
	}
}

// TestTooShortToTell: a backlog that is none says that nothing is known.
func TestTooShortToTell(t *testing.T) {
	p := sample()
	p.Verdict, p.WaitShare, p.FillShare = predict.Backlogged, only(0.3), only(0)
	if got := verdict(p); !strings.HasPrefix(got, "Simulated for too short a time to tell whether it keeps up: of a request's time, 30.0 % waiting") {
		t.Error(got)
	}
	if got := answer(p); !strings.Contains(got, "Whether it keeps up is not known") || strings.Contains(got, "wait for most") {
		t.Error(got)
	}
	p.WaitShare = only(0.7)
	if got := verdict(p) + answer(p); !strings.HasPrefix(got, "Backlogged: of a request's time") || !strings.Contains(got, "Requests wait for most of their time.") {
		t.Error(got)
	}
}

// overloaded is a prediction without a steady state, of a system that drops requests, too.
func overloaded() *predict.Prediction {
	none := only(math.NaN())
	growth := e(800, 790, 810)
	return &predict.Prediction{
		Verdict:        predict.Overloaded,
		ThroughputRPS:  e(4000, 3990, 4010),
		OfferedRPS:     e(5000, 4990, 5010),
		QueueGrowthRPS: &growth,
		Dropped:        predict.Dropped{RejectedRPS: e(150, 145, 155), LostRPS: e(50, 48, 52), Share: e(0.04, 0.039, 0.041)},
		RetriedRPS:     e(12, 11, 13),
		EvictedRPS:     e(7, 6, 8),
		LatencyS:       predict.Latency{Mean: none, P50: none, P90: none, P95: none, P99: none, P999: none},
		Notes:          []string{"A GPU."},
		Stages: []predict.Stage{{
			Name: "identify", Queue: predict.Queue{WaitS: none, FillS: none, Share: none}, Utilization: only(1), MeanBatch: only(8), Visits: only(3.2),
			Steps: []predict.Step{{Name: "identify", Resource: "gpu", Type: "gpu", Times: "inline", AloneS: e(0.002, 0.0019, 0.0021), Share: none, Utilization: only(1)}},
		}},
		Resources:  []predict.Resource{{Name: "gpu", Type: "gpu", Utilization: only(1)}, {Name: "latency", Type: "delay", Utilization: only(0.3)}},
		Bottleneck: "gpu", BottleneckCause: &predict.Limit{Cause: predict.BusyResource, Name: "gpu", Key: "gpu"},
		WhatIf:   &predict.WhatIf{Change: "gpu twice as fast", ThroughputGain: e(0.2, 0.19, 0.21), LatencyGain: none, P99Gain: none},
		PI:       overloadedRun(),
		Warnings: []string{"overloaded: and so on"},
		Run:      predict.RunInfo{Seed: 1, Replications: 8, Events: 1000, Requests: 300, SimS: 1},
	}
}

// overloadedRun is what a run without a steady state shows: throughput and drops.
func overloadedRun() *predict.PI {
	none := spread(math.NaN(), math.NaN(), math.NaN(), math.NaN(), math.NaN())
	return &predict.PI{HorizonS: 5400, ThroughputRPS: spread(3900, 4100, math.NaN(), 1, math.NaN()), DroppedShare: spread(0.02, 0.06, math.NaN(), 1, math.NaN()),
		LatencyS: predict.SpreadOfLatency{Mean: none, P50: none, P90: none, P95: none, P99: none, P999: none}}
}

func TestOverloadedGolden(t *testing.T) {
	var b bytes.Buffer
	if err := Text(&b, overloaded()); err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "testdata/overloaded.txt", b.Bytes())
	var text bytes.Buffer
	if err := JSON(&text, overloaded()); err != nil {
		t.Fatal(err)
	}
	var back predict.Prediction
	if err := json.Unmarshal(text.Bytes(), &back); err != nil || !math.IsNaN(back.LatencyS.P99.Value) || !math.IsNaN(back.Stages[0].Queue.Share.Low) ||
		back.Stages[0].Steps[0].AloneS != overloaded().Stages[0].Steps[0].AloneS {
		t.Errorf("does not read back: %v, %+v", err, back)
	}
}

func TestJSONGolden(t *testing.T) {
	var b bytes.Buffer
	if err := JSON(&b, sample()); err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "testdata/report.json", b.Bytes())
	var back predict.Prediction
	if err := json.Unmarshal(b.Bytes(), &back); err != nil || !reflect.DeepEqual(&back, sample()) {
		t.Errorf("does not read back: %v, %+v", err, back)
	}
}

func TestDigits(t *testing.T) {
	for x, want := range map[float64]string{0: "0", 0.001234: "0.0012", 0.1234: "0.123", 1.2345: "1.23", 12.345: "12.3", 999.6: "1000",
		99.96: "100", 1234.4: "1234", 12345.6: "12,346", -1234567: "-1,234,567"} {
		if got := digits(x); got != want {
			t.Errorf("digits(%v) = %q, want %q", x, got, want)
		}
	}
	for s, want := range map[float64]string{0: "-", 0.99996: "1.00 s", 0.0009999: "1.00 ms", 2.5e-6: "2.50 us", 61: "61.0 s"} {
		if got := span(s); got != want {
			t.Errorf("span(%v) = %q, want %q", s, got, want)
		}
	}
}

// TestBottleneckSentence: the sentence names the cause and the key that sets it.
func TestBottleneckSentence(t *testing.T) {
	disks := []predict.Resource{{Name: "disk 1", Type: "cpu", Utilization: only(0.8)}, {Name: "disk 2", Type: "cpu", Utilization: only(0.1)}, {Name: "think", Type: "own", Unlimited: true}}
	stages := []predict.Stage{{Name: "inference", Utilization: only(0.99), Queue: predict.Queue{FillS: only(3)}}}
	limit := func(cause predict.Cause, name, key string) *predict.Limit {
		return &predict.Limit{Cause: cause, Name: name, Key: key}
	}
	cases := []struct {
		p    predict.Prediction
		want string
	}{
		{predict.Prediction{Resources: disks, Bottleneck: "disk 1", BottleneckCause: limit(predict.BusyResource, "disk 1", "resource.disk 1")},
			"Bottleneck: disk 1 (80.0 % busy), set by resource.disk 1. The others: disk 2 10.0 %."},
		{predict.Prediction{Resources: disks, Bottleneck: "disk 2", BottleneckCause: limit(predict.BusyResource, "disk 2", "resource.disk 2")},
			"Bottleneck: disk 2 (10.0 % busy; its speed limits, not its capacity), set by resource.disk 2. The others: disk 1 80.0 %."},
		{predict.Prediction{Resources: disks, Stages: stages, Bottleneck: "inference workers", BottleneckCause: limit(predict.BusyWorkers, "inference", "inference.instances")},
			"Bottleneck: inference workers (99.0 % busy), set by inference.instances. Resources: disk 1 80.0 %, disk 2 10.0 %."},
		{predict.Prediction{Stages: stages, Bottleneck: "inference max_queue_delay", BottleneckCause: limit(predict.BatchDelay, "inference", "batcher.max_queue_delay")},
			"Bottleneck: inference max_queue_delay (a request waits 3.00 s there for a fuller batch), set by batcher.max_queue_delay."},
		{predict.Prediction{Resources: disks}, "Bottleneck: none; nothing is busy."},
	}
	for _, c := range cases {
		if got := bottleneck(&c.p, listed(&c.p)); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// TestNamesAreNotParsed: a resource is printed by its name, whatever digits it ends in.
func TestNamesAreNotParsed(t *testing.T) {
	p := &predict.Prediction{Resources: []predict.Resource{{Name: "a100", Type: "gpu", Utilization: only(0.5)}}}
	if got := label(listed(p)[0]); got != "a100" {
		t.Errorf("a100 is printed as %q", got)
	}
}

// TestInnerStagesAreNotListed: a point of the graph that takes no time is in JSON alone, whether or not there is a steady
// state; a stage with a queue, a resource or a time is listed, and so are all where there is nothing else.
func TestInnerStagesAreNotListed(t *testing.T) {
	none := only(math.NaN())
	point := predict.Stage{Name: "passed by", Visits: only(0.5), MeanBatch: only(1), Steps: []predict.Step{{Name: "passed by", Type: "own", AloneS: only(1e-9)}}}
	flooded := point
	flooded.Queue = predict.Queue{WaitS: none, FillS: none, Share: none}
	flooded.Steps = []predict.Step{{Name: "passed by", Type: "own", AloneS: only(1e-9), WaitS: none, SharingS: none, Share: none}}
	work := predict.Stage{Name: "work", Visits: only(1), Steps: []predict.Step{{Name: "work", Type: "own", AloneS: only(1e-6)}}}
	unbounded := flooded
	unbounded.Name, unbounded.Steps = "unbounded", []predict.Step{{Name: "wait", Type: "own", AloneS: only(1), WaitS: none, SharingS: none, Share: none}}
	queue, disk := point, point
	queue.Name, queue.Queue.WaitS = "queue", only(1e-3)
	disk.Name, disk.Steps = "disk", []predict.Step{{Name: "disk", Resource: "disk", Type: "cpu", AloneS: only(1e-9)}}
	for _, c := range []struct {
		stages []predict.Stage
		names  string
		last   string
	}{
		{[]predict.Stage{point, work, queue, disk, unbounded, flooded}, "work queue disk unbounded", "2 stages that take no time are left out; they are in --json.\n"},
		{[]predict.Stage{work, point}, "work", "A stage that takes no time is left out; it is in --json.\n"},
		{[]predict.Stage{point}, "passed by", "or less; each is in --json.\n"},
	} {
		var b strings.Builder
		stageTable(&b, c.stages)
		var names []string
		for line := range strings.Lines(b.String()) {
			if name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimRight(line, "\n"), "  "), "  "); name != "" && name != "stage" && !strings.HasSuffix(name, ".") {
				names = append(names, name)
			}
		}
		if got := strings.Join(names, " "); got != c.names || !strings.HasSuffix(b.String(), c.last) {
			t.Errorf("%s, want %s and %q in\n%s", got, c.names, c.last, b.String())
		}
	}
}
