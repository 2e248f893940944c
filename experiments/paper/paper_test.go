package paper

import (
	"context"
	"testing"

	"vsim/sim"
	"vsim/sim/scenario"
)

// throughput predicts a scenario's throughput in requests/s.
func throughput(t *testing.T, file string, set ...string) sim.Estimate {
	t.Helper()
	set = append([]string{"run.max_events=4000000"}, set...)
	p, err := sim.Predict(context.Background(), sim.File(file, scenario.Options{Set: set}), sim.Options{NoWhatIf: true, NoPI: true})
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return p.ThroughputRPS
}

// Figure 7 asks where the order turns (7d): from pinned memory, which no core has to copy, over a link without a latency, TinyViT's
// float tensors are served no slower than its medium JPEGs, as they are less work.
func TestCheapTransfersHaveTheNaturalOrder(t *testing.T) {
	free := []string{"pipeline.model=tinyvit-5m", "link.memory=pinned", "link.bandwidth=1000GB/s", "link.latency=0us", "run.max_events=1000000"}
	images, tensors := throughput(t, "fig7-gpu.toml", free...), throughput(t, "fig7-inference.toml", free...)
	if images.Low > tensors.High {
		t.Errorf("medium images: %v end to end, %v inference alone", images, tensors)
	}
}

// Beyond the paper's four GPUs, on a server made for eight: throughput is linear where inference limits, and flat where the CPU's
// decoding of large images does.
func TestUpToEightGPUs(t *testing.T) {
	at := func(gpus string, set ...string) sim.Estimate {
		return throughput(t, "8gpu", append(set, "gpu.count="+gpus, "workload.concurrency=1024", "run.max_events=1000000", "run.p99_goal=1")...)
	}
	for _, c := range []struct {
		name   string
		growth float64 // for twice the GPUs
		set    []string
	}{
		{"medium, GPU preprocessing", 2, nil},
		{"inference only", 2, []string{"pipeline.preprocessing=none"}},
		{"large, CPU preprocessing", 1, []string{"pipeline.preprocessing=cpu", "pipeline.image=large"}},
	} {
		last := at("1", c.set...)
		for _, gpus := range []string{"2", "4", "8"} {
			next := at(gpus, c.set...)
			// Intervals at zero width, of systems in step, would allow for no rounding.
			if low, high := 0.99*c.growth*last.Low, 1.01*c.growth*last.High; next.High < low || next.Low > high {
				t.Errorf("%s: %s GPUs serve %v, half of them %v; want %g times as much", c.name, gpus, next, last, c.growth)
			}
			last = next
		}
	}
}

// GPUs behind one bridge: a model so small that moving its tensors matters is linear while each GPU has a
// bridge of its own, and bends when all share one: never more than the bridge carries, 25 GB/s of 602,112 B.
func TestSharedBridgeBendsTheCurve(t *testing.T) {
	at := func(gpus string, set ...string) sim.Estimate {
		return throughput(t, "8gpu", append(set, "gpu.count="+gpus, "pipeline.preprocessing=none", "inference.instances=3",
			`times.infer={mean="0.2ms", per_image="0.02ms"}`, "run.max_events=4000000", "run.p99_goal=1")...)
	}
	const bridge = 25e9 / 602112
	shared := "link.gpus_per_bridge=8"
	last, lastShared := at("1"), at("1", shared)
	if last.Value != lastShared.Value {
		t.Errorf("a single GPU serves %v with a bridge of its own, %v with one that nobody else uses", last, lastShared)
	}
	gain := 2.0
	for _, gpus := range []string{"2", "4", "8"} {
		own, both := at(gpus), at(gpus, shared)
		if own.High/last.Low < 1.9 || own.Low/last.High > 2.02 {
			t.Errorf("%s GPUs with bridges of their own serve %v, half of them %v", gpus, own, last)
		}
		now := both.Value / lastShared.Value
		if now >= gain || now < 1 || both.Low > bridge {
			t.Errorf("%s GPUs behind one bridge serve %.3f times as much as half of them, after %.3f; %v of %.0f/s", gpus, now, gain, both, bridge)
		}
		last, lastShared, gain = own, both, now
	}
}
