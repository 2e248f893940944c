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

// The paper's figure 7: with a small model, serving small JPEGs end to end is faster than serving float
// tensors, because the tensors are more bytes to move. Nothing else is tuned: where moving is cheap, from
// pinned memory over the same link, the order is the natural one. Medium images need a GPU that decodes
// beside everything else: here with five engines at the rate of an A100's (torchvision PR 8496: 7800 img/s of
// 551x676 pixels together, scaled by pixels).
func TestFigure7MovingTensorsCostsMoreThanDecoding(t *testing.T) {
	const small, tensors = "figure7-end-to-end.toml", "figure7-inference-only.toml"
	engines := []string{"pipeline.image=medium", "gpu.jpeg_decoders=5", "times.decode=322us"}
	if a, b := throughput(t, small), throughput(t, tensors); a.Low <= b.High {
		t.Errorf("small images: %v end to end, %v inference only", a, b)
	}
	if a, b := throughput(t, small, engines...), throughput(t, tensors, "pipeline.image=medium"); a.Low <= b.High {
		t.Errorf("medium images: %v end to end, %v inference only", a, b)
	}
	if a, b := throughput(t, small, "link.memory=pinned"), throughput(t, tensors, "link.memory=pinned"); a.High >= b.Low {
		t.Errorf("small images from pinned memory: %v end to end, %v inference only", a, b)
	}
}

// The paper's figure 5: with GPU preprocessing throughput declines at very high concurrency, as queued inputs
// fill the GPU's memory, are evicted and loaded again; with CPU preprocessing it saturates and stays flat.
// (TinyViT and small images, whose queue is behind preprocessing with the published figures, too.)
func TestFigure5GPUMemoryFills(t *testing.T) {
	at := func(concurrency string, set ...string) sim.Estimate {
		return throughput(t, "1gpu-rtx4090", append(set, "pipeline.model=tinyvit-5m", "pipeline.image=small", "run.max_events=1000000", "workload.concurrency="+concurrency)...)
	}
	onGPU := []string{"preprocess.separate=true", "preprocess.memory=256MiB", "gpu.memory_full=evict"}
	if few, many := at("256", onGPU...), at("4096", onGPU...); many.High >= few.Low {
		t.Errorf("GPU preprocessing: %v at 256, %v at 4096", few, many)
	}
	if few, many := at("256", "pipeline.preprocessing=cpu"), at("4096", "pipeline.preprocessing=cpu"); many.High < few.Low || few.High < many.Low {
		t.Errorf("CPU preprocessing: %v at 256, %v at 4096", few, many)
	}
}

// The paper's figure 9: from one GPU to eight, throughput is linear where inference limits, and flat where
// the CPU's decoding of large images does.
func TestFigure9GPUs(t *testing.T) {
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
