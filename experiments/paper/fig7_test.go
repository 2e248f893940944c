package paper

import (
	"math"
	"testing"

	"vsim/sim"
	"vsim/sim/scenario"
)

// predicted predicts one point.
func predicted(t *testing.T, file string, set ...string) *sim.Prediction {
	t.Helper()
	p, err := (&Lab{}).Predict(t.Context(), At(file, set...))
	if err != nil {
		t.Fatal(err)
	}
	return p[0]
}

// near says that a number is within a part of another.
func near(got, want, part float64) bool { return math.Abs(got-want) <= part*math.Abs(want) }

// GPU times of an image are those that the scenario has, whatever the size of batches and whatever else the GPU does: that of a batch
// over its images, and of what is done for each.
func TestGPUTimesAreThoseOfTheScenario(t *testing.T) {
	p := predicted(t, "fig7-gpu.toml", "times.decode=200us", "times.resize=20us", `times.infer={mean="0ms", per_image="300us"}`, "run.max_events=1000000")
	if got := gpuTime(p, "decode", "resize").Value; !near(got, 220e-6, 0.02) {
		t.Errorf("preprocessing takes the GPU %.1f us an image, not 220", 1e6*got)
	}
	if got := gpuTime(p, "infer").Value; !near(got, 300e-6, 0.02) {
		t.Errorf("inference takes the GPU %.1f us an image, not 300", 1e6*got)
	}
	if got := gpuTime(p, "no such step").Value; got != 0 {
		t.Errorf("a step that is not there takes %g s", got)
	}
}

// What crosses the link are JPEGs or tensors, in the bytes of the paper's images.
func TestMovedBytes(t *testing.T) {
	few := "run.max_events=100000"
	for _, c := range []struct {
		file, image string
		want        float64
	}{{"fig7-gpu.toml", "small", 4e3}, {"fig7-gpu.toml", "medium", 121e3}, {"fig7-gpu.toml", "large", 9528e3}, {"fig7-inference.toml", "medium", 4 * 3 * 224 * 224}} {
		if got := moved(predicted(t, c.file, "pipeline.image="+c.image, few)); got != c.want {
			t.Errorf("%s, %s: %g bytes, want %g", c.file, c.image, got, c.want)
		}
	}
}

// The servers of figures 7 to 9 are the same in all of their files, but for what one without GPU preprocessing cannot have.
func TestServersOfFigures7To9AreAlike(t *testing.T) {
	read := func(file string) *scenario.Scenario {
		text, err := files.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s, err := scenario.Parse(file, text, scenario.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first := read("fig7-gpu.toml")
	for _, file := range []string{"fig7-inference.toml", "fig8-cpu.toml", "fig8-gpu.toml", "fig9-cpu.toml", "fig9-gpu.toml", "fig9-inference.toml"} {
		s := read(file)
		if s.Inference.Instances != first.Inference.Instances || s.Batcher.MaxBatch != first.Batcher.MaxBatch || s.Batcher.MaxQueueDelay != first.Batcher.MaxQueueDelay ||
			s.Workload.Concurrency != first.Workload.Concurrency || s.Link.Memory != first.Link.Memory || s.Hardware != first.Hardware {
			t.Errorf("%s has another server than fig7-gpu.toml", file)
		}
		if s.Pipeline.Preprocessing == "gpu" && (s.Preprocess.Instances != first.Preprocess.Instances || s.Preprocess.Memory != first.Preprocess.Memory || s.GPU.MemoryFull != first.GPU.MemoryFull) {
			t.Errorf("%s preprocesses otherwise than fig7-gpu.toml", file)
		}
	}
	if first.Workload.Concurrency != clientsPerGPU {
		t.Errorf("figure 9 has %d clients a GPU, the tuned server %d", clientsPerGPU, first.Workload.Concurrency)
	}
}
