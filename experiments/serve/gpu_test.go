package serve_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vsim/experiments/load"
	"vsim/experiments/serve"
	"vsim/profile/device"
	"vsim/profile/device/gpu"
	"vsim/profile/device/gpu/fakegpu"
	"vsim/profile/device/jpeg"
	"vsim/profile/device/photo"
	"vsim/sim/engine"
	"vsim/sim/engine/batcher"
	"vsim/sim/engine/random"
)

// gpuSetup gives a server on the fake GPU that preprocesses on either side.
func gpuSetup(t *testing.T, preprocess bool) (*fakegpu.GPU, serve.Config, []load.Class) {
	t.Helper()
	return engineSetup(t, preprocess, 0)
}

// engineSetup is gpuSetup with so many JPEG engines; without any, pictures are decoded in two phases.
func engineSetup(t *testing.T, preprocess bool, engines int) (*fakegpu.GPU, serve.Config, []load.Class) {
	t.Helper()
	fake := fakegpu.Use(t)
	fake.Engines(engines)
	d := fakegpu.Open(t)
	files, err := photo.Set(t.Context(), "", "small", 4, 1)
	if err != nil {
		t.Fatal(err)
	}
	codec, _ := jpeg.Find("")
	cfg := serve.Config{ModelPath: fakegpu.Model(t), Instances: 2, Batch: batcher.Config{Max: 4}, GPU: &serve.GPU{Device: d, Preprocess: preprocess}}
	if !preprocess {
		cfg.Workers, cfg.Libraries = 1, &device.Libraries{Codec: codec}
	}
	return fake, cfg, []load.Class{{Name: "small", Weight: 1, Images: files}}
}

// live starts a server, puts a load on it and measures, its GPU's energy too.
func live(t *testing.T, cfg serve.Config, c load.Config) (*load.Result, error) {
	t.Helper()
	s, err := serve.Start(cfg)
	if err != nil {
		return nil, err
	}
	defer s.Stop()
	if cfg.GPU.Ready {
		for _, class := range c.Classes {
			if err := s.Prepare(cfg.Libraries, class.Images); err != nil {
				return nil, err
			}
		}
	}
	c.Meter = load.BoardMeter(cfg.GPU.Device)
	return load.Run(t.Context(), load.InProcess(s), c)
}

// All kinds of server answer, and their parts are those that a prediction has, within the latency.
func TestGPUServer(t *testing.T) {
	for where, want := range map[string]string{
		"gpu":  "inference queue, decode, resize, infer, d2h, post",
		"cpu":  "preprocess queue, decode, resize, inference queue, copy, h2d, infer, d2h, post",
		"none": "inference queue, copy, h2d, infer, d2h, post",
	} {
		t.Run(where, func(t *testing.T) {
			_, cfg, images := gpuSetup(t, where == "gpu")
			if where == "none" {
				cfg.GPU.Ready, cfg.Workers = true, 0
			}
			gap, err := random.Exponential(1e9 / 50)
			if err != nil {
				t.Fatal(err)
			}
			for _, source := range []engine.Source{{Clients: 6}, {Gap: gap}} {
				r, err := live(t, cfg, load.Config{Classes: images, Source: source, Measure: 500 * time.Millisecond, Seed: 1})
				if err != nil {
					t.Fatal(err)
				}
				if r.Completed == 0 || r.Failed != 0 || r.Unanswered != 0 {
					t.Fatalf("%d completed, %d failed (%s), %d unanswered", r.Completed, r.Failed, r.FirstFailure, r.Unanswered)
				}
				checkEnergy(t, r.Energy)
				var names []string
				sum := 0.0
				for _, s := range r.Stages {
					names = append(names, s.Name)
					sum += s.MeanS
				}
				if strings.Join(names, ", ") != want || sum > r.Mean() || sum <= 0 {
					t.Errorf("parts %v add up to %v s of a mean latency of %v s", names, sum, r.Mean())
				}
			}
		})
	}
}

// Every plan, every CUDA graph and every nvJPEG state is made before the first request, each once for an instance and a batch
// size, on the thread of its instance; and so is the room for every picture that the server was told of.
func TestNothingIsMadeUnderLoad(t *testing.T) {
	// The picture that is cut off costs each instance the state of the engines with which it was tried.
	for engines, states := range map[int]int{0: 0, 7: 2 * (4 + 1)} {
		t.Run(fmt.Sprintf("%d engines", engines), func(t *testing.T) { nothingIsMadeUnderLoad(t, engines, states) })
	}
}

func nothingIsMadeUnderLoad(t *testing.T, engines, states int) {
	fake, cfg, images := engineSetup(t, true, engines)
	medium, err := photo.Set(t.Context(), "", "medium", 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	images[0].Images = append(images[0].Images, medium...)
	cfg.GPU.Options, cfg.BatchSizes = gpu.Options{Graph: true}, []int{1, 2, 4}
	cfg.GPU.Pictures = slices.Concat([][]byte{[]byte("no picture"), medium[0][:len(medium[0])/2]}, images[0].Images)
	opened := len(fake.Events())
	s, err := serve.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	before, made := fake.Events(), allocations(fake)
	counts := map[string]int{}
	for _, e := range before[opened:] {
		counts[e.What]++
	}
	if counts[fakegpu.Plan] != 2*3 || counts[fakegpu.Capture] != 2*3 || counts[fakegpu.Initialise] != states {
		t.Errorf("2 instances of batches up to 4 and 3 sizes of the model made %v", counts)
	}
	r, err := load.Run(t.Context(), load.InProcess(s), load.Config{Classes: images, Source: engine.Source{Clients: 7}, Measure: 300 * time.Millisecond, Seed: 1})
	during, underLoad := allocations(fake)-made, fake.Events()[len(before):]
	s.Stop()
	if err != nil || r.Completed == 0 || r.Failed != 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	if during != 0 || len(underLoad) != 0 {
		t.Errorf("under load: memory was taken or freed %d times, and %+v", during, underLoad)
	}
}

// allocations counts how often memory was taken or freed, for the GPU and for nvJPEG.
func allocations(fake *fakegpu.GPU) (n int) {
	for _, function := range []string{"cuMemAlloc_v2", "cuMemFree_v2", "cuMemHostAlloc", "nvjpegJpegStateCreate", "nvjpegJpegStateDestroy", "nvjpegDecoderStateCreate", "nvJPEG takes pinned memory", "nvJPEG takes device memory"} {
		n += fake.Calls(function)
	}
	return n
}

// A server that knows none of its pictures, or only broken ones, has every nvJPEG state all the same.
func TestStatesAreMadeWithoutPictures(t *testing.T) {
	for name, pictures := range map[string][][]byte{"none": nil, "broken": {[]byte("no picture")}} {
		t.Run(name, func(t *testing.T) {
			fake, cfg, images := engineSetup(t, true, 7)
			cfg.GPU.Pictures, cfg.Instances = pictures, 1
			s, err := serve.Start(cfg)
			if err != nil {
				t.Fatal(err)
			}
			before := fake.Calls("nvjpegDecodeBatchedInitialize")
			r, err := load.Run(t.Context(), load.InProcess(s), load.Config{Classes: images, Source: engine.Source{Clients: 7}, Measure: 100 * time.Millisecond, Seed: 1})
			after := fake.Calls("nvjpegDecodeBatchedInitialize")
			s.Stop()
			if err != nil || r.Completed == 0 || r.Failed != 0 || after != before {
				t.Errorf("%d states were made under load: %+v, %v", after-before, r, err)
			}
		})
	}
}

// A server that is interrupted while it warms up does not start, however many batch sizes are left.
func TestInterruptedWhileWarmingUp(t *testing.T) {
	for engines, function := range map[int]string{0: "nvjpegJpegStreamCreate", 7: "nvjpegJpegStateCreate"} {
		t.Run(function, func(t *testing.T) {
			fake, cfg, _ := engineSetup(t, true, engines)
			cfg.Batch.Max = 64
			stop := errors.New("interrupted")
			cfg.Interrupted = func() error {
				if fake.Calls(function) > 3 {
					return stop
				}
				return nil
			}
			if _, err := serve.Start(cfg); !errors.Is(err, stop) || fake.Calls(function) > 4 {
				t.Errorf("error %v after %d calls of %s", err, fake.Calls(function), function)
			}
		})
	}
}

// An instance that cannot warm up is an error of Start, and nothing stays open (Use checks that).
func TestAnInstanceThatCannotWarmUp(t *testing.T) {
	fake, cfg, _ := gpuSetup(t, true)
	fake.FailOnce("RunWithBinding", 1, 5) // the second instance's second batch size
	if _, err := serve.Start(cfg); err == nil || !strings.Contains(err.Error(), "infer: model ") {
		t.Errorf("error %v", err)
	}
}

// A picture that the GPU cannot decode fails alone, whatever its batch.
func TestABrokenPictureFailsAloneOnTheGPU(t *testing.T) {
	_, cfg, images := gpuSetup(t, true)
	good := images[0].Images[0]
	images[0].Images = [][]byte{good, good[:len(good)/2], []byte("\x89PNG\r\n\x1a\n"), {}, good}
	r, err := live(t, cfg, load.Config{Classes: images, Source: engine.Source{Clients: 8}, Measure: 500 * time.Millisecond, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	if r.Failed == 0 || r.Completed == 0 {
		t.Fatalf("%d completed and %d failed, want some of both", r.Completed, r.Failed)
	}
	if !strings.HasPrefix(r.FirstFailure, "huffman: ") {
		t.Errorf("first failure %q", r.FirstFailure)
	}
}

// After the device is lost every request fails with the driver's words, and the server still ends.
func TestALostGPUFailsEveryRequest(t *testing.T) {
	fake, cfg, images := gpuSetup(t, true)
	cfg.Instances = 1 // and one client, so that the first failure is the first that is told
	fake.Fail("cuLaunchKernel", 719, 5)
	r, err := live(t, cfg, load.Config{Classes: images, Source: engine.Source{Clients: 1}, Measure: 200 * time.Millisecond, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	if r.Failed == 0 || !strings.Contains(r.FirstFailure, "resize: CUDA: cuLaunchKernel: CUDA_ERROR_LAUNCH_FAILED (unspecified launch failure)") {
		t.Errorf("%d failed, first %q", r.Failed, r.FirstFailure)
	}
	fake.Abandon()
}

func TestWorkersOnlyWhereTheCPUPreprocesses(t *testing.T) {
	for _, cfg := range []serve.Config{
		{Instances: 1, Workers: 1, GPU: &serve.GPU{Preprocess: true}}, {Instances: 1, GPU: &serve.GPU{}}, {Instances: 1, Threads: 1},
	} {
		if _, err := serve.Start(cfg); err == nil || !strings.Contains(err.Error(), "there are no workers where") {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
}
