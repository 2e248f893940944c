package plan

import (
	"context"
	"math"
	"testing"

	"vsim/sim"
	"vsim/sim/scenario"
)

func override(key string, value any) scenario.Override {
	return scenario.Override{Key: key, Value: value}
}

func source(t *testing.T, file string) *scenario.Source {
	t.Helper()
	src, err := scenario.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func near(t *testing.T, what string, got, want, part float64) {
	t.Helper()
	if !(math.Abs(got-want) <= part*math.Abs(want)) {
		t.Errorf("%s: %g, want %g", what, got, want)
	}
}

func boundsFor(t *testing.T, src *scenario.Source, sets ...scenario.Override) *bounds {
	t.Helper()
	built, err := sim.Compile(sim.From(src, sets...))
	if err != nil {
		t.Fatal(err)
	}
	return boundsOf(built.System)
}

// TestBoundsByHand: the rates and times follow from the scenario's figures.
func TestBoundsByHand(t *testing.T) {
	b := boundsFor(t, source(t, "testdata/c2-how-many.toml"))
	near(t, "16 images in 3.84 ms", b.rps, 16/3.84e-3, 1e-6)
	near(t, "one image", b.latency(&SLO{Metric: Mean}), 0.99e-3, 1e-3)
	near(t, "two GPUs", boundsFor(t, source(t, "testdata/c2-how-many.toml"), override("servers.gpus", 2)).rps, 32/3.84e-3, 1e-6)

	b = boundsFor(t, source(t, "testdata/workers.toml"), override("stage.desk.workers", 4))
	near(t, "four desks", b.rps, 4/30e-3, 2e-3)
	near(t, "p99 of an exponential time", b.latency(&SLO{Metric: P99}), 30e-3*math.Log(100), 0.02)
}

// TestBoundsAreBounds: no simulation of saturated or idle systems beats them, whatever the resources and routes are.
func TestBoundsAreBounds(t *testing.T) {
	photos := func(sets ...scenario.Override) sim.Source {
		return sim.From(source(t, "testdata/photos.toml"), append([]scenario.Override{override("hardware", "small.toml")}, sets...)...)
	}
	eight := func(sets ...scenario.Override) sim.Source { return sim.From(source(t, "8gpu"), sets...) }
	detect := []scenario.Override{override("pipeline.preset", "detect-then-identify"), override("times.infer", map[string]any{"mean": "3ms", "per_image": "1ms"}),
		override("times.identify", "2ms"), override("identify.faces", map[string]any{"dist": "uniform", "min": 1, "max": 4})}
	for name, of := range map[string]func(...scenario.Override) sim.Source{
		"GPU preprocessing": func(o ...scenario.Override) sim.Source { return photos(o...) },
		"CPU preprocessing": func(o ...scenario.Override) sim.Source {
			return photos(append(o, override("pipeline.preprocessing", "cpu"))...)
		},
		"host phases": func(o ...scenario.Override) sim.Source {
			return photos(append(o, override("times.huffman", "2ms"), override("preprocess.threads", 3))...)
		},
		"faces":             func(o ...scenario.Override) sim.Source { return photos(append(o, detect...)...) },
		"five images":       func(o ...scenario.Override) sim.Source { return photos(append(o, override("workload.items", 5))...) },
		"published figures": func(o ...scenario.Override) sim.Source { return eight(append(o, override("gpu.count", 2))...) },
		"slow-downs": func(o ...scenario.Override) sim.Source {
			return photos(append(o, override("gpu.slowdown", map[string]any{"neighbours": []float64{1}, "factors": []float64{1.25}}))...)
		},
	} {
		built, err := sim.Compile(of(override("workload.concurrency", 1)))
		if err != nil {
			t.Fatal(name, err)
		}
		b := boundsOf(built.System)
		few := []scenario.Override{override("run.p99_goal", 0.2), override("run.max_events", 1_000_000)}
		opt := sim.Options{NoWhatIf: true, NoPI: true}
		full, err := sim.Predict(context.Background(), of(append(few, override("workload.concurrency", 2000))...), opt)
		if err != nil {
			t.Fatal(name, err)
		}
		if got := full.ThroughputRPS.Value; got > 1.01*b.rps || got < 0.3*b.rps {
			t.Errorf("%s: %g requests/s of a saturated system, and a bound of %g", name, got, b.rps)
		}
		alone, err := sim.Predict(context.Background(), of(append(few, override("workload.concurrency", 1), override("batcher.max_queue_delay", "0ns"))...), opt)
		if err != nil {
			t.Fatal(name, err)
		}
		for _, o := range []SLO{{Metric: Mean}, {Metric: P50}, {Metric: P99}} {
			if got, bound := o.of(alone).Value, b.latency(&o); got < 0.99*bound || got > 8*bound {
				t.Errorf("%s: %s of a request alone %g s, and a bound of %g s", name, o.Metric, got, bound)
			}
		}
	}
}
