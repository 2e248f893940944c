package paper

import (
	"testing"
	"time"

	"vsim/sim/scenario"
)

// scenarioAt reads a scenario of this folder.
func scenarioAt(t *testing.T, file string) *scenario.Scenario {
	t.Helper()
	s, err := scenarioWith(file)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// scenarioWith reads one with overrides.
func scenarioWith(file string, set ...string) (*scenario.Scenario, error) {
	text, err := files.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return scenario.Text(file, text).With(scenario.Options{Set: set})
}

// What the ladder's files have written out is what machine.go derives.
func TestLadderFilesHaveTheMachinesTimes(t *testing.T) {
	m := Paper()
	for _, file := range []string{"fig3-pytorch.toml", "fig3-dali-cpu.toml", "fig3-dali-gpu.toml"} {
		s := scenarioAt(t, file)
		if len(s.Stages) != 1 || s.Stages[0].MaxBatch != loopBatch || s.Workload.Items == nil || s.Workload.Items.Mean != loopBatch || s.Workload.Concurrency != 1 {
			t.Errorf("%s: no loop of one batch of %d", file, loopBatch)
		}
		steps := s.Stages[0].Steps
		if last := &steps[len(steps)-1]; last.Name != "infer" {
			t.Errorf("%s: ends with %s", file, last.Name)
		} else {
			checkInfer(t, file, m, last.Service)
		}
		if got := time.Duration(steps[0].Service[0].Mean); file == "fig3-dali-cpu.toml" && got != m.DALICPU {
			t.Errorf("%s: DALI takes %v, want %v", file, got, m.DALICPU)
		}
		if file == "fig3-dali-gpu.toml" && (steps[0].Name != "dispatch" || steps[1].Name != "huffman" || steps[1].Threads != daliThreads) {
			t.Errorf("%s: begins with %s and %s on %d threads; want dispatch and huffman on %d", file, steps[0].Name, steps[1].Name, steps[1].Threads, daliThreads)
		}
	}
	for _, file := range []string{"fig3-fixed.toml", "fig3-dynamic.toml", tunedFile} {
		s := scenarioAt(t, file)
		if launch, image := s.Times.Launch[0], s.Times.Infer[0]; time.Duration(launch.Mean) != m.Fixed || image.Mean != 0 || time.Duration(image.PerImage) != m.SlopeORT {
			t.Errorf("%s: launching takes %v, inference %v and %v an image; want %v and %v an image", file, launch.Mean, image.Mean, image.PerImage, m.Fixed, m.SlopeORT)
		}
		if s.Preprocess.Threads != daliThreads {
			t.Errorf("%s: DALI has %d threads, want %d", file, s.Preprocess.Threads, daliThreads)
		}
	}
	if s := scenarioAt(t, "fig3-tensorrt.toml"); s.Times != nil {
		t.Error("TensorRT's times are not the profile's")
	}
}

func checkInfer(t *testing.T, file string, m Machine, service []scenario.Service) {
	t.Helper()
	if call, image := time.Duration(service[0].Mean), time.Duration(service[0].PerImage); call != m.Fixed || image != m.SlopeORT {
		t.Errorf("%s: inference takes %v and %v an image; want %v and %v", file, call, image, m.Fixed, m.SlopeORT)
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
	found, err := Tuned(t.Context(), &Lab{}, finalFile)
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
