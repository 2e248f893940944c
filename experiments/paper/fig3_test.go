package paper

import (
	"math"
	"testing"
	"time"

	"vsim/sim/scenario"
)

// scenarioAt reads a scenario of this folder.
func scenarioAt(t *testing.T, file string) *scenario.Scenario {
	t.Helper()
	text, err := files.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := scenario.Text(file, text).With(scenario.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The times of the ladder stand in one place, and in the files that run.
func TestLadderFilesHaveTheLaddersTimes(t *testing.T) {
	want := map[string]map[string]time.Duration{
		"fig3-pytorch.toml":  {"decode": ladderTimes.decode},
		"fig3-dali-cpu.toml": {"decode": ladderTimes.dali},
		"fig3-dali-gpu.toml": {"huffman": ladderTimes.huffman, "decode": ladderTimes.device, "resize": ladderTimes.resize},
	}
	for file, times := range want {
		s := scenarioAt(t, file)
		steps := s.Stages[0].Steps
		if len(s.Stages) != 1 || len(steps) != len(times)+1 {
			t.Fatalf("%s: %d stages, %d steps", file, len(s.Stages), len(steps))
		}
		if s.Workload.Items == nil || s.Workload.Items.Mean != fixedImages || s.Workload.Concurrency != 1 {
			t.Errorf("%s: no closed loop of one batch of %d", file, fixedImages)
		}
		for _, step := range steps {
			if step.Name == "infer" {
				checkInfer(t, file, step.Service)
			} else if got := time.Duration(step.Service[0].Mean); got != times[step.Name] || !step.Each {
				t.Errorf("%s: %s takes %v for each image: %v; want %v", file, step.Name, got, step.Each, times[step.Name])
			}
		}
	}
	for _, file := range []string{"fig3-fixed.toml", "fig3-dynamic.toml", tunedFile} {
		checkInfer(t, file, scenarioAt(t, file).Times.Infer)
	}
	if s := scenarioAt(t, "fig3-tensorrt.toml"); s.Times != nil {
		t.Error("TensorRT's times are not the machine's")
	}
}

func checkInfer(t *testing.T, file string, service []scenario.Service) {
	t.Helper()
	if call, image := time.Duration(service[0].Mean), time.Duration(service[0].PerImage); call != ladderTimes.call || image != ladderTimes.image {
		t.Errorf("%s: inference takes %v and %v an image; want %v and %v", file, call, image, ladderTimes.call, ladderTimes.image)
	}
}

// The ladder's times are what claims 3a to 3c are solved by.
func TestLadderTimesSolveTheirClaims(t *testing.T) {
	l := ladderTimes
	infer := l.image + l.call/fixedImages
	for _, c := range []struct {
		id         string
		preprocess time.Duration
		rate       float64 // images/s
	}{{"3a", l.decode, 431}, {"3b", l.dali, 446}, {"3c", l.huffman + l.device + l.resize, 842}} {
		if got := 1 / (c.preprocess + infer).Seconds(); math.Abs(got/c.rate-1) > 0.005 {
			t.Errorf("%s: %.1f images/s, want %g", c.id, got, c.rate)
		}
	}
}

// Steps 4 and 5 have the same images in flight, and batches that fit Triton's pool where those of twice the size do not.
func TestFixedAndDynamicBatchesHaveAsManyImages(t *testing.T) {
	fixed, dynamic := scenarioAt(t, "fig3-fixed.toml"), scenarioAt(t, "fig3-dynamic.toml")
	if a, b := float64(fixed.Workload.Concurrency)*fixed.Workload.Items.Mean, dynamic.Workload.Concurrency; a != 2*fixedImages || b != 2*fixedImages {
		t.Errorf("%g and %d images in flight, want %d", a, b, 2*fixedImages)
	}
	for _, s := range []*scenario.Scenario{fixed, dynamic} {
		if s.Batcher.MaxBatch != fixedImages || s.Preprocess.MaxBatch != fixedImages || s.Batcher.MaxQueueDelay != 0 {
			t.Errorf("batches of %d and %d, %v delay", s.Preprocess.MaxBatch, s.Batcher.MaxBatch, s.Batcher.MaxQueueDelay)
		}
		if b := s.Pipeline.Tensor; b*fixedImages > s.Preprocess.Memory || 2*b*fixedImages <= s.Preprocess.Memory {
			t.Errorf("%d inputs of %d B are not the largest power of two in %d B", fixedImages, int64(b), int64(s.Preprocess.Memory))
		}
	}
}

// The files that serve as tuned carry what the search finds.
func TestTunedServerIsWhatTheSearchFinds(t *testing.T) {
	found, err := Tuned(t.Context(), &Lab{})
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range tunedFiles(t) {
		s := scenarioAt(t, file)
		if s.Inference.Instances != found.Inference || s.Batcher.MaxBatch != found.MaxBatch {
			t.Errorf("%s: inference.instances = %d, batcher.max_batch = %d; the search finds %d, %d", file, s.Inference.Instances, s.Batcher.MaxBatch, found.Inference, found.MaxBatch)
		}
		if s.Preprocess != nil && s.Preprocess.Separate && s.Preprocess.Instances != found.Preprocess {
			t.Errorf("%s: preprocess.instances = %d; the search finds %d", file, s.Preprocess.Instances, found.Preprocess)
		}
		if n := s.Workload.Concurrency; n != found.Concurrency && n != 1 {
			t.Errorf("%s: workload.concurrency = %d; the search finds %d, and 1 is no load", file, n, found.Concurrency)
		}
	}
}

// tunedFiles are the scenarios of steps 6 and 7 and of figures 4 to 9 that have a server of a preset.
func tunedFiles(t *testing.T) (out []string) {
	entries, err := files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := e.Name()
		if name == tunedFile || name == "fig3-tensorrt.toml" || len(name) > 4 && name[:3] == "fig" && name[3] >= '4' && name[3] <= '9' {
			if s := scenarioAt(t, name); s.Pipeline != nil {
				out = append(out, name)
			}
		}
	}
	return out
}
