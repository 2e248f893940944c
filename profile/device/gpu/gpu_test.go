package gpu_test

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"vsim/profile/device/cache"
	"vsim/profile/device/cuda"
	"vsim/profile/device/gpu"
	"vsim/profile/device/gpu/fakegpu"
	"vsim/profile/device/jpeg"
	"vsim/profile/device/nvjpeg"
	"vsim/profile/device/photo"
	"vsim/profile/device/preprocess"
	"vsim/profile/device/tensor"
	"vsim/profile/device/vision"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// bench is an instance with its preprocessor on the fake GPU, bound to the test's goroutine.
type bench struct {
	fake     *fakegpu.GPU
	device   *gpu.Device
	instance *gpu.Instance
	worker   *gpu.Preprocessor
	model    string
	files    [][]byte
}

const network = "mobilenetv2"

func open(t *testing.T, name string) *bench {
	t.Helper()
	b := &bench{}
	b.fake, b.device = fakegpu.Device(t)
	release, err := b.device.Bind()
	must(t, err)
	t.Cleanup(release)
	path, err := cache.Model(t.TempDir(), name, 1)
	must(t, err)
	b.model = path
	b.instance, err = b.device.NewInstance(path, gpu.Options{MaxBatch: 3})
	must(t, err)
	t.Cleanup(func() { must(t, b.instance.Close()) })
	b.worker, err = b.device.NewPreprocessor(b.instance.Tensor(), preprocess.Options{}, 3, b.instance.Stream)
	must(t, err)
	t.Cleanup(b.worker.Close)
	small, err := photo.Set(t.Context(), "", "small", 2, 1)
	must(t, err)
	medium, err := photo.Set(t.Context(), "", "medium", 1, 1)
	must(t, err)
	b.files = append(small, medium...)
	return b
}

// infer runs the whole way of a batch on the GPU.
func (b *bench) infer(files [][]byte) error {
	for _, step := range []func() error{
		func() error { return b.worker.Decode(files) },
		func() error { return b.worker.Resize(b.instance.Input()) },
		func() error { return b.instance.Infer(len(files)) },
		func() error { return b.instance.Download(len(files)) },
		b.instance.Wait,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// cpuTensor is what the CPU's stages make of a file.
func cpuTensor(t *testing.T, file []byte, element tensor.Element) tensor.Tensor {
	t.Helper()
	codec, err := jpeg.Find("")
	must(t, err)
	d, err := codec.NewDecoder()
	must(t, err)
	defer d.Close()
	img, err := d.Decode(file)
	must(t, err)
	p := preprocess.New(tensor.Shape{Width: vision.Side, Height: vision.Side, Element: element}, preprocess.Options{})
	out := tensor.Make(element, p.Len())
	p.Run(img, out)
	return out
}

// What the kernels compute, compiled for the CPU from the text that a GPU gets, is what the CPU's stages
// compute, up to the rounding of the resized picture to 8 bits there: within one grey level everywhere.
// (The issue allows 2 on average, for nvJPEG's decoding is not libjpeg-turbo's, which it is here.)
func TestTensorsEqualTheCPUs(t *testing.T) {
	for name, tolerance := range map[string]float64{network: 1.01, network + "-fp16": 1.2} { // float16 has steps of up to 0.1 grey levels
		t.Run(name, func(t *testing.T) {
			b := open(t, name)
			must(t, b.worker.Decode(b.files))
			must(t, b.worker.Resize(b.instance.Input()))
			got, err := b.instance.Tensors(len(b.files))
			must(t, err)
			for i, file := range b.files {
				want := cpuTensor(t, file, tensor.Float32).Single
				compareTensors(t, got.Float32s()[i*len(want):], want, tolerance)
			}
		})
	}
}

// compareTensors wants every value within a number of grey levels.
func compareTensors(t *testing.T, got, want []float32, tolerance float64) {
	t.Helper()
	for k := range want {
		std := float64(preprocess.Std[k/(vision.Side*vision.Side)])
		if grey := math.Abs(float64(got[k]-want[k])) * 255 * std; !(grey <= tolerance) {
			t.Fatalf("value %d: %v, want %v: %.2f grey levels", k, got[k], want[k], grey)
		}
	}
}

// The network's answers with the GPU's preprocessing are those with the CPU's within 1 %, whichever way
// the tensors came.
func TestLogitsEqualThoseOfUploadedTensors(t *testing.T) {
	b := open(t, network)
	must(t, b.infer(b.files))
	direct := make([][]float32, len(b.files))
	largest := 0.0
	for i := range b.files {
		direct[i] = append([]float32(nil), b.instance.Logits(i)...)
		for _, v := range direct[i] {
			largest = max(largest, math.Abs(float64(v)))
		}
		b.instance.Copy(i, cpuTensor(t, b.files[i], tensor.Float32))
	}
	n := len(b.files)
	must(t, errors.Join(b.instance.Upload(n), b.instance.Infer(n), b.instance.Download(n), b.instance.Wait()))
	for i := range b.files {
		for k, v := range b.instance.Logits(i) {
			if gap := math.Abs(float64(v - direct[i][k])); gap > 1e-2*largest || math.IsNaN(float64(v)) {
				t.Fatalf("file %d logit %d: %v with the CPU's tensor, %v without", i, k, v, direct[i][k])
			}
		}
		if len(b.instance.Post(i).Classes) != 5 {
			t.Error("an answer has five classes")
		}
	}
}

// FP16 answers are the FP32 ones within 3 % of the largest logit, with tensors from either side.
func TestHalfPrecision(t *testing.T) {
	single := open(t, network)
	must(t, single.infer(single.files[:1]))
	want := append([]float32(nil), single.instance.Logits(0)...)
	half := open2(t, single, network+"-fp16")
	if got := half.Tensor().SizeBytes(); got != 2*3*224*224 {
		t.Errorf("a tensor of %d bytes", got)
	}
	half.Copy(0, cpuTensor(t, single.files[0], half.Tensor().Element))
	must(t, errors.Join(half.Upload(1), half.Infer(1), half.Download(1), half.Wait()))
	largest := 0.0
	for _, v := range want {
		largest = max(largest, math.Abs(float64(v)))
	}
	for k, v := range half.Logits(0) {
		if math.Abs(float64(v-want[k])) > 0.03*largest || math.IsNaN(float64(v)) {
			t.Fatalf("logit %d: %v in FP16, %v in FP32, the largest is %v", k, v, want[k], largest)
		}
	}
}

// open2 opens another model on the same device.
func open2(t *testing.T, b *bench, name string) *gpu.Instance {
	t.Helper()
	path, err := cache.Model(t.TempDir(), name, 1)
	must(t, err)
	i, err := b.device.NewInstance(path, gpu.Options{MaxBatch: 1})
	must(t, err)
	t.Cleanup(func() { must(t, i.Close()) })
	return i
}

// Whatever fails is said with its stage and the library's own words, and nothing later is called.
func TestEveryFailureNamesItsStageAndStops(t *testing.T) {
	b := open(t, network)
	must(t, b.infer(b.files)) // so that there is room for the pictures
	for row, c := range []struct {
		function, want, notAfter string
		code                     int
	}{
		{"nvjpegJpegStreamParse", "huffman: nvJPEG: nvjpegJpegStreamParse: NVJPEG_STATUS_BAD_JPEG", "nvjpegDecodeJpegHost", 3},
		{"nvjpegDecodeJpegHost", "huffman: nvJPEG: nvjpegDecodeJpegHost: NVJPEG_STATUS_ALLOCATOR_FAILURE", "nvjpegDecodeJpegTransferToDevice", 5},
		{"nvjpegDecodeJpegTransferToDevice", "decode: nvJPEG: nvjpegDecodeJpegTransferToDevice: NVJPEG_STATUS_EXECUTION_FAILED", "nvjpegDecodeJpegDevice", 6},
		{"nvjpegDecodeJpegDevice", "decode: nvJPEG: nvjpegDecodeJpegDevice: NVJPEG_STATUS_JPEG_NOT_SUPPORTED", "cuLaunchKernel", 4},
		{"cuMemcpyHtoDAsync_v2", "resize: CUDA: cuMemcpyHtoDAsync_v2: CUDA_ERROR_INVALID_VALUE", "cuLaunchKernel", 1},
		{"cuLaunchKernel", "resize: CUDA: cuLaunchKernel: CUDA_ERROR_LAUNCH_FAILED", "RunWithBinding", 719},
		{"RunWithBinding", "infer: model ", "cuMemcpyDtoHAsync_v2", 1},
		{"cuMemcpyDtoHAsync_v2", "d2h: CUDA: cuMemcpyDtoHAsync_v2: CUDA_ERROR_INVALID_VALUE", "cuEventRecord", 1},
		{"cuEventSynchronize", "gpu: CUDA: cuEventSynchronize: CUDA_ERROR_ILLEGAL_ADDRESS", "", 700},
	} {
		b.fake.Fail(c.function, c.code, 0)
		before := b.fake.Calls(c.notAfter)
		err := b.infer(b.files[:3-row%2]) // of another size than the last: the decoder's state is readied anew
		b.fake.Heal()
		if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want %q", c.function, err, c.want)
		}
		if c.notAfter != "" && b.fake.Calls(c.notAfter) != before {
			t.Errorf("%s failed, and %s was called after it", c.function, c.notAfter)
		}
	}
	must(t, b.infer(b.files))
}

// A picture that does not fit into the GPU's memory is an error of its stage, and of a kind that callers
// know; the worker goes on with smaller ones.
func TestOutOfMemory(t *testing.T) {
	b := open(t, network)
	b.fake.Fail("cuMemAlloc_v2", 2, 0)
	if err := b.worker.Decode(b.files); !errors.Is(err, cuda.ErrOutOfMemory) || !strings.HasPrefix(err.Error(), "decode: ") {
		t.Errorf("error %v", err)
	}
	if _, err := b.device.NewInstance("no.onnx", gpu.Options{MaxBatch: 1}); err == nil || !strings.Contains(err.Error(), "infer: model no.onnx: ") {
		t.Errorf("error %v", err)
	}
	b.fake.Heal()
	must(t, b.infer(b.files))
}

func TestABrokenFileIsInvalid(t *testing.T) {
	b := open(t, network)
	if err := b.worker.Decode([][]byte{b.files[0], []byte("\x89PNG\r\n\x1a\n")}); !errors.Is(err, nvjpeg.ErrInvalid) {
		t.Errorf("error %v", err)
	}
	must(t, b.infer(b.files))
}

// The hardware engines decode where there are any.
func TestHardwareDecodesWhereItIs(t *testing.T) {
	b := open(t, network)
	if b.device.Decoder != gpu.TwoPhases || b.device.Engines != 0 {
		t.Errorf("%v, %d engines on a GPU without", b.device.Decoder, b.device.Engines)
	}
	if notes := strings.Join(b.device.Notes, "; "); !strings.Contains(notes, "decoding on the multiprocessors, not on hardware engines: nvJPEG: nvjpegCreateEx: NVJPEG_STATUS_ARCH_MISMATCH") {
		t.Errorf("notes %q", notes)
	}
	b.fake.Engines(7)
	libraries, err := gpu.Find("")
	must(t, err)
	d, err := gpu.Open(t.Context(), libraries, 0)
	must(t, err)
	defer d.Close()
	if d.Decoder != gpu.Engines || d.Engines != 7 || d.TwoPhases() != nil || len(d.Notes) > len(b.device.Notes)-1 {
		t.Errorf("%v, %d engines, want 7; in two phases: %v; notes %q", d.Decoder, d.Engines, d.TwoPhases(), d.Notes)
	}
}

// Every step of opening a GPU can fail; what was opened until then is closed (Use checks that).
func TestFailuresOfOpening(t *testing.T) {
	for function, code := range map[string]int{"cuInit": 100, "cuDeviceGetName": 1, "cuDevicePrimaryCtxRetain": 2} {
		t.Run(function, func(t *testing.T) {
			fake := fakegpu.Use(t)
			libraries, err := gpu.Find("")
			must(t, err)
			fake.Fail(function, code, 0)
			if _, err := gpu.Open(t.Context(), libraries, 0); err == nil || !strings.Contains(err.Error(), function) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// Without kernels or a decoder the GPU still infers, and says why it does not preprocess.
func TestAGPUThatDoesNotPreprocess(t *testing.T) {
	for function, code := range map[string]int{"nvrtcCompileProgram": 6, "cuModuleLoadData": 200, "cuModuleGetFunction": 500, "nvjpegCreateEx": 5, "nvjpegDecodeBatched": 6} {
		t.Run(function, func(t *testing.T) {
			fake := fakegpu.Use(t)
			fake.Fail("nvjpegDecodeJpegDevice", 6, 0) // not in two phases either
			fake.Fail(function, code, 0)
			infersOnly(t, function)
		})
	}
	t.Run("missing", func(t *testing.T) {
		fakegpu.Use(t)
		t.Setenv("VSIM_NVRTC_LIB", "/no/such/nvrtc")
		t.Setenv("VSIM_NVJPEG_LIB", "/no/such/nvjpeg")
		infersOnly(t, "/no/such/nvrtc", "/no/such/nvjpeg")
	})
}

// infersOnly opens the GPU, which infers, and says each reason why it does not preprocess.
func infersOnly(t *testing.T, reasons ...string) {
	t.Helper()
	libraries, err := gpu.Find("")
	must(t, err)
	d, err := gpu.Open(t.Context(), libraries, 0)
	must(t, err)
	defer d.Close()
	release, err := d.Bind()
	must(t, err)
	defer release()
	i, err := d.NewInstance(fakegpu.Model(t), gpu.Options{MaxBatch: 1})
	must(t, err)
	defer i.Close()
	must(t, errors.Join(i.Infer(1), i.Wait()))
	_, err = d.NewPreprocessor(i.Tensor(), preprocess.Options{}, 1, i.Stream)
	for _, reason := range reasons {
		if err == nil || !strings.Contains(err.Error(), reason) || !strings.Contains(strings.Join(d.Notes, " "), reason) {
			t.Errorf("error %v and notes %q, want both to say %s", err, d.Notes, reason)
		}
	}
}

// Engines that a handle can be had for, but that do not decode, are not chosen.
func TestEnginesThatDoNotDecodeAreNotChosen(t *testing.T) {
	fake := fakegpu.Use(t)
	fake.Engines(7)
	fake.Fail("hardware nvjpegDecodeBatched", 6, 0)
	libraries, err := gpu.Find("")
	must(t, err)
	d, err := gpu.Open(t.Context(), libraries, 0)
	must(t, err)
	defer d.Close()
	if d.Decoder != gpu.TwoPhases || d.Preprocesses() != nil || !strings.Contains(strings.Join(d.Notes, " "), "not on hardware engines: nvJPEG: nvjpegDecodeBatched: NVJPEG_STATUS_EXECUTION_FAILED") {
		t.Errorf("%v (%v), notes %q", d.Decoder, d.Preprocesses(), d.Notes)
	}
}

// runs gives the batch sizes of a test's events of one kind, in order.
func runs(fake *fakegpu.GPU, what string) (sizes []int) {
	for _, e := range fake.Events() {
		if e.What == what {
			sizes = append(sizes, e.Batch)
		}
	}
	return sizes
}

// A session for every batch size plans anew at each change; a session for each of a few sizes plans once, and its answers
// are the same.
func TestBatchesArePaddedToTheirSizes(t *testing.T) {
	b := open(t, network)
	padded, err := b.device.NewInstance(b.model, gpu.Options{MaxBatch: 4, Sizes: []int{1, 4}})
	must(t, err)
	defer padded.Close()
	for k, want := range map[int]int{0: 0, 1: 1, 2: 4, 3: 4, 4: 4, 5: 0} {
		if got := padded.Runs(k); got != want {
			t.Errorf("a batch of %d runs as one of %d, want %d", k, got, want)
		}
	}
	for place := range 3 {
		made := cpuTensor(t, b.files[place], tensor.Float32)
		b.instance.Copy(place, made)
		padded.Copy(place, made)
	}
	for _, n := range []int{1, 3, 1, 2, 1, 3} {
		for _, i := range []*gpu.Instance{b.instance, padded} {
			must(t, errors.Join(i.Upload(n), i.Infer(n), i.Download(n), i.Wait()))
		}
		for place := range n {
			for k, v := range padded.Logits(place) {
				if want := b.instance.Logits(place)[k]; math.Abs(float64(v-want)) > 1e-3 {
					t.Fatalf("batch %d, place %d, logit %d: %v padded, %v without", n, place, k, v, want)
				}
			}
		}
	}
	if got, want := runs(b.fake, fakegpu.Plan), []int{1, 1, 3, 4, 1, 2, 1, 3}; !slices.Equal(got, want) {
		t.Errorf("planned for batches of %v, want %v: six times without padding, twice with it", got, want)
	}
	if _, err := b.device.NewInstance(b.model, gpu.Options{MaxBatch: 5, Sizes: []int{1, 4}}); err == nil || !strings.Contains(err.Error(), "the last must be the largest batch, 5") {
		t.Errorf("error %v", err)
	}
}

// All that is missing is said at once, a line each, with how to get it; NVML is not needed.
func TestMissingLibrariesAreListed(t *testing.T) {
	for _, lib := range []string{"VSIM_CUDA_LIB", "VSIM_NVML_LIB", "VSIM_NVRTC_LIB", "VSIM_NVJPEG_LIB", "VSIM_CUDNN_LIB", "VSIM_CUFFT_LIB"} {
		t.Setenv(lib, "/no/such/lib")
	}
	_, err := gpu.Find("")
	if err == nil || strings.Contains(err.Error(), "NVML") {
		t.Fatalf("missing: %v", err)
	}
	for _, want := range []string{"CUDA driver not found", "NVRTC not found", "nvJPEG not found", "cuDNN not found", "cuFFT not found"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q lacks %q", err, want)
		}
	}
}

// What a run on the host reads stays in memory as long as it lasts: C has its address only.
func TestTheInputOfAHostRunIsKept(t *testing.T) {
	fake, d := fakegpu.Device(t)
	const slow = 200 * time.Millisecond
	fake.Slow(slow)
	path := fakegpu.Model(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() {
		for ctx.Err() == nil {
			runtime.GC()
		}
	}()
	began := time.Now()
	collected := make(chan time.Duration, 1)
	watched := func() tensor.Tensor {
		made := tensor.Make(tensor.Float32, 3*224*224)
		runtime.AddCleanup(&made.Single[0], func(began time.Time) { collected <- time.Since(began) }, began)
		return made
	}
	_, err := d.HostLogits(path, watched(), vision.Options{})
	must(t, err)
	if at := <-collected; at < slow {
		t.Errorf("the input was collected %v after the call, which took %v at least", at, slow)
	}
}
