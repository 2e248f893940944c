package sim

import (
	"context"
	"math"
	"strconv"
	"strings"
	"testing"

	"vsim/sim/predict"
	"vsim/sim/scenario"
)

// fromFile predicts a scenario of testdata.
func fromFile(t *testing.T, name string, set ...string) *Prediction {
	t.Helper()
	p, err := Predict(context.Background(), File("testdata/"+name+".toml", scenario.Options{Set: set}), Options{NoPI: true})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// near says that two numbers differ by no more than a part of the second.
func near(got, want, part float64) bool { return math.Abs(got-want) <= part*want }

// TestLockStep: what several workers do at constant times on one resource is what they do with the least jitter, since
// real servers do not stay in step. One worker has nobody to be in step with, and its times stay exact.
func TestLockStep(t *testing.T) {
	for workers, want := range map[string]float64{"1": 1000 / 2.8, "2": 457, "4": 496} {
		set := []string{"stage.instance.workers=" + workers, "run.p99_goal=1", "run.max_events=6000000"} // throughput alone is looked at
		constant, jittered := fromFile(t, "lock-step", set...), fromFile(t, "lock-step-jitter", set...)
		for _, got := range []Estimate{constant.ThroughputRPS, jittered.ThroughputRPS} {
			if off := math.Abs(got.Value - want); off > 0.01*want+got.HalfWidth() {
				t.Errorf("%s workers: %v/s with constant times, %v/s with jitter, want %v/s", workers, constant.ThroughputRPS, jittered.ThroughputRPS, want)
			}
		}
	}
}

// TestClientsInStep: where there is a worker for everybody, clients of a closed loop are what keeps phases. Two of them
// are two workers.
func TestClientsInStep(t *testing.T) {
	p := fromFile(t, "lock-step", "stage.instance.workers=0", "workload.concurrency=2")
	if got := p.ThroughputRPS.Value; !near(got, 457, 0.01) {
		t.Errorf("two clients get %v/s, want what two workers get, 457/s", got)
	}
}

// TestInStepIsTold: without any jitter the two workers do stay in step, all replications are one, and a warning says so.
func TestInStepIsTold(t *testing.T) {
	told := func(p *Prediction) bool {
		return strings.Contains(strings.Join(p.Warnings, "\n"), "agree to the last digit")
	}
	if p := fromFile(t, "lock-step", "run.jitter=0"); !near(p.ThroughputRPS.Value, 1000/2.8, 0.001) || !told(p) {
		t.Errorf("without jitter: %v/s, warnings %q", p.ThroughputRPS.Value, p.Warnings)
	}
	if p := fromFile(t, "lock-step"); told(p) {
		t.Errorf("with jitter: warnings %q", p.Warnings)
	}
}

// TestSlotsAreWaitedFor: two instances of which a rate limiter lets one run. A request waits in the queue and for the
// limiter; its inference takes no longer than it takes (published for this case: queue 18.6 ms, compute 6.6 ms).
func TestSlotsAreWaitedFor(t *testing.T) {
	p := fromFile(t, "b7-rate-limiter")
	instance := &p.Stages[1]
	infer := &instance.Steps[0]
	wait := instance.Queue.WaitS.Value + infer.WaitS.Value
	if want := 3*6.633e-3 - 1.7e-3; !near(wait, want, 0.002) || !near(infer.AloneS.Value, 6.633e-3, 0.001) || infer.SharingS.Value > 1e-8 {
		t.Errorf("waits %v s, want %v; infers %v alone and %v more, want 6.633 ms and nothing", wait, want, infer.AloneS.Value, infer.SharingS.Value)
	}
	if cause := p.BottleneckCause; cause.Cause != predict.BusyResource || cause.Name != "rate limiter" || cause.Key != "resource.rate limiter" {
		t.Errorf("the bottleneck is %+v", cause)
	}
}

// TestTheBatcherIsToBlame: one client waits for a fuller batch that never comes. Nothing is busy, and the cause is the
// batcher's delay.
func TestTheBatcherIsToBlame(t *testing.T) {
	p := fromFile(t, "c4-delay")
	q := &p.Stages[0].Queue
	if !near(q.FillS.Value, 3, 1e-3) || !near(q.WaitS.Value, 3, 1e-3) || p.Verdict != predict.Stable {
		t.Errorf("%s, waits %v s, of which %v for a batch", p.Verdict, q.WaitS.Value, q.FillS.Value)
	}
	cause := p.BottleneckCause
	if cause == nil || cause.Cause != predict.BatchDelay || cause.Key != "stage.instance.max_queue_delay" || p.Bottleneck != "instance max_queue_delay" {
		t.Fatalf("the bottleneck is %q, %+v", p.Bottleneck, cause)
	}
	if w := p.WhatIf; w == nil || w.Key != cause.Key || !near(w.LatencyGain.Value, 3000./3008, 1e-3) {
		t.Errorf("without the delay: %+v, want the latency of 8 ms", w)
	}
}

// TestSharedIsNotWaited: two instances that share a GPU all the time do not wait for it; each takes twice as long as
// alone.
func TestSharedIsNotWaited(t *testing.T) {
	p, err := Predict(context.Background(), File("8gpu", scenario.Options{}), Options{NoWhatIf: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range p.Stages[1].Steps {
		if s.Type == "gpu" && (s.WaitS.Value != 0 || !near(s.SharingS.Value, s.AloneS.Value, 0.05)) {
			t.Errorf("%s waits %v, takes %v alone and %v more for sharing", s.Name, s.WaitS.Value, s.AloneS.Value, s.SharingS.Value)
		}
	}
	if p.WaitShare.Value > 0.001 || p.SharingShare.Value < 0.45 {
		t.Errorf("requests wait for %v of their time and share for %v", p.WaitShare.Value, p.SharingShare.Value)
	}
}

// TestTwoDisks: two resources of similar names are two; what nobody can fill is not listed as busy.
func TestTwoDisks(t *testing.T) {
	p := predicted(t, `
[workload]
rate = "100/s"
[[resource]]
name = "disk 1"
[[resource]]
name = "disk 2"
[[stage]]
name = "think"
workers = 0
service = "500ms"
[[stage]]
name = "read"
workers = 8
resource = "disk 1"
service = {dist = "exponential", mean = "8ms"}
[[stage]]
name = "write"
workers = 8
resource = "disk 2"
service = {dist = "exponential", mean = "1ms"}
`)
	busy := map[string]float64{}
	for _, r := range p.Resources {
		if !r.Unlimited {
			busy[r.Name] = r.Utilization.Value
		}
	}
	if len(busy) != 2 || !near(busy["disk 1"], 0.8, 0.05) || !near(busy["disk 2"], 0.1, 0.1) {
		t.Errorf("busy: %v, want disk 1 0.8 and disk 2 0.1", busy)
	}
}

// TestSlotsAreHeldOverSteps: a batch holds the slot from its first step to its last, so that no copy runs beside
// another's inference. The wait for it is the queue's, not the steps'.
func TestSlotsAreHeldOverSteps(t *testing.T) {
	const served = 3e-3
	p := fromFile(t, "slot-held")
	if want := 4 / served; !near(p.ThroughputRPS.Value, want, 0.005) {
		t.Errorf("%v/s, want %v/s", p.ThroughputRPS.Value, want)
	}
	instance := &p.Stages[0]
	if want := 16*served/4 - served; !near(instance.Queue.WaitS.Value, want, 0.01) {
		t.Errorf("waits %v s in the queue, want %v", instance.Queue.WaitS.Value, want)
	}
	for _, s := range instance.Steps {
		if s.WaitS.Value > 1e-8 || s.SharingS.Value > 1e-8 {
			t.Errorf("%s waits %v s and takes %v s longer for others, want nothing", s.Name, s.WaitS.Value, s.SharingS.Value)
		}
	}
}

// TestImagesOfARequest: with 5 images a request and 8 a batch, a batch is one request. As copies, which batches may mix,
// the same images would be served faster. Four images a request fill a batch in twos.
func TestImagesOfARequest(t *testing.T) {
	for items, want := range map[string]float64{"5": 1000 / 2.28, "4": 2 * 1000 / 2.51, "1": 8 * 1000 / 2.51} {
		p := fromFile(t, "c5-five-images", "workload.items="+items)
		images, _ := strconv.Atoi(items)
		if !near(p.ThroughputRPS.Value, want, 0.002) {
			t.Errorf("%s images a request: %v/s, want %v/s", items, p.ThroughputRPS.Value, want)
		}
		if got := p.ItemsPerS; (got == nil) != (images == 1) || got != nil && !near(got.Value, want*float64(images), 0.002) {
			t.Errorf("%s images a request: %v images/s, want %v", items, got, want*float64(images))
		}
	}
}

// TestImagesOfAPreset: a GPU serves as many images a second in requests of four as in requests of one.
func TestImagesOfAPreset(t *testing.T) {
	predict := func(set ...string) *Prediction {
		s, err := scenario.Parse("x.toml", []byte("hardware = '8gpu'\ngpu.count = 1\n"), scenario.Options{Set: append(set, "run.p99_goal=1", "run.max_events=3000000")})
		if err != nil {
			t.Fatal(err)
		}
		p, err := Predict(context.Background(), Of(s), Options{NoWhatIf: true})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, where := range []string{"gpu", "cpu"} {
		one, four := predict("pipeline.preprocessing="+where, "workload.concurrency=256"), predict("pipeline.preprocessing="+where, "workload.concurrency=64", "workload.items=4")
		if !near(four.ItemsPerS.Value, one.ThroughputRPS.Value, 0.02) {
			t.Errorf("preprocessing on the %s: %v images/s in fours, %v/s in ones", where, four.ItemsPerS, one.ThroughputRPS)
		}
	}
}

// TestAnInstanceIdlesWithoutClients: two instances and batches that have all clients are told, with the keys of a preset.
func TestAnInstanceIdlesWithoutClients(t *testing.T) {
	set := []string{"inference.instances=2", "batcher.max_batch=64", "run.max_events=400000"}
	p, err := Predict(context.Background(), File("1gpu-rtx4090", scenario.Options{Set: set}), Options{NoWhatIf: true})
	if want := "lower batcher.max_batch to 32 or raise workload.concurrency"; err != nil || !strings.Contains(strings.Join(p.Warnings, "\n"), want) {
		t.Errorf("%v, %q, want %q", err, p.Warnings, want)
	}
}
