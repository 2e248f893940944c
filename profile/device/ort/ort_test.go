//go:build cgo

package ort_test

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"vsim/model"
	"vsim/profile/device/cache"
	"vsim/profile/device/dl"
	"vsim/profile/device/gpu/fakegpu"
	"vsim/profile/device/infer"
	"vsim/profile/device/native"
	"vsim/profile/device/native/nativetest"
	"vsim/profile/device/ort"
	"vsim/profile/device/tensor"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func address(v []float32) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(v))) }

func mobileNet(t *testing.T) string {
	t.Helper()
	path, err := cache.Model(t.TempDir(), "mobilenetv2", 1)
	must(t, err)
	return path
}

// Two ways into the same library give the same logits, bit for bit: this package's and that of the CPU's
// inference, which has its own tests.
func TestRunGivesWhatInferGives(t *testing.T) {
	lib := nativetest.Require(t, native.ONNXRuntime)
	r, err := ort.Open(lib)
	must(t, err)
	must(t, infer.Open(lib))
	if r.Version != infer.Version() {
		t.Errorf("version %q, want %q", r.Version, infer.Version())
	}
	path := mobileNet(t)
	s, err := r.NewSession(path, nil)
	must(t, err)
	defer s.Close()
	twin, err := infer.NewSession(path, infer.Options{MaxBatch: 3})
	must(t, err)
	defer twin.Close()
	if s.Inputs[0].Name != model.InputName || s.Outputs[0].Name != model.Classification.OutputName() || s.Inputs[0].Element != tensor.Float32 || s.Inputs[0].SizeBytes(2) != 2*4*3*224*224 || s.Outputs[0].SizeBytes(3) != 3*4*1000 {
		t.Errorf("inputs %+v, outputs %+v", s.Inputs, s.Outputs)
	}
	in, out := make([]float32, 3*3*224*224), make([]float32, 3*1000)
	rng := rand.New(rand.NewPCG(5, 6))
	for _, batch := range []int{1, 3} {
		b, err := bind(s, batch, in, out)
		must(t, err)
		for range 2 { // a binding reads and writes its memory anew in every run
			for i := range in {
				in[i] = float32(rng.NormFloat64())
			}
			must(t, b.Run())
			copy(twin.In(), tensor.Tensor{Single: in}.Bytes())
			must(t, twin.Run(batch))
			data, _ := twin.Out(0)
			want := tensor.Singles(data)
			for i := range batch * 1000 {
				if out[i] != want[i] || math.IsNaN(float64(out[i])) {
					t.Fatalf("batch %d, logit %d: %v, want %v", batch, i, out[i], want[i])
				}
			}
		}
		b.Close()
		b.Close()
	}
	free, err := s.Bind(2, memory(s.Inputs[0], 2, in), []ort.Memory{{Value: s.Outputs[0]}})
	must(t, err)
	defer free.Close()
	must(t, free.Run())
	made, err := free.Outputs()
	must(t, err)
	if len(made) != 1 || made[0].Address == 0 || !slices.Equal(made[0].Shape, []int64{2, 1000}) || made[0].Element != tensor.Float32 {
		t.Fatalf("ONNX Runtime's own output: %+v", made)
	}
	if got := *(*float32)(dl.At(made[0].Address)); got != out[0] {
		t.Errorf("its first logit is %v, want %v", got, out[0])
	}
}

func memory(v tensor.Value, batch int, values []float32) ort.Memory {
	v.Shape = v.At(batch)
	return ort.Memory{Value: v, Address: address(values)}
}

func bind(s *ort.Session, batch int, in, out []float32) (*ort.Binding, error) {
	return s.Bind(batch, memory(s.Inputs[0], batch, in), []ort.Memory{memory(s.Outputs[0], batch, out)})
}

func TestUnusableModelsNameTheFile(t *testing.T) {
	r, err := ort.Open(nativetest.Require(t, native.ONNXRuntime))
	must(t, err)
	missing := filepath.Join(t.TempDir(), "missing.onnx")
	if _, err := r.NewSession(missing, nil); err == nil || !strings.Contains(err.Error(), missing) || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %q", err)
	}
}

// Where the real library cannot run on a GPU, its error points to the doctor.
func TestCUDAProviderIsMissing(t *testing.T) {
	r, err := ort.Open(nativetest.Require(t, native.ONNXRuntime))
	must(t, err)
	s, err := r.NewSession(mobileNet(t), &ort.CUDA{})
	if err == nil {
		s.Close()
		t.Skip("this machine has a GPU and the CUDA provider")
	}
	if !strings.Contains(err.Error(), "vsim doctor") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v", err)
	}
}

func TestCUDAProviderIsToldEverything(t *testing.T) {
	g := fakegpu.Use(t)
	r, err := ort.Open(g.ORT)
	must(t, err)
	s, err := r.NewSession(mobileNet(t), &ort.CUDA{Device: 0, Stream: 4711, TF32: true, Graph: true})
	must(t, err)
	defer s.Close()
	const want = "device_id=0 use_tf32=1 enable_cuda_graph=1 cudnn_conv_algo_search=HEURISTIC arena_extend_strategy=kSameAsRequested user_compute_stream=4711 "
	if got := g.ProviderOptions(); got != want {
		t.Errorf("options %q, want %q", got, want)
	}
	in, out := make([]float32, 3*224*224), make([]float32, 1000)
	b, err := bind(s, 1, in, out)
	must(t, err)
	defer b.Close()
	must(t, b.Run())
	g.Fail("RunWithBinding", 1, 0)
	if err := b.Run(); err == nil || !strings.Contains(err.Error(), "batch 1: ONNX Runtime: injected failure of RunWithBinding") {
		t.Errorf("error %v", err)
	}
	g.Fail("SessionOptionsAppendExecutionProvider_CUDA_V2", 1, 0)
	if _, err := r.NewSession(mobileNet(t), &ort.CUDA{}); err == nil || !strings.Contains(err.Error(), "injected failure") {
		t.Errorf("error %v", err)
	}
}

func TestMissingAPIIsNamed(t *testing.T) {
	if _, err := ort.Open(fakegpu.Empty(t)); err == nil || !strings.Contains(err.Error(), "has no OrtGetApiBase") {
		t.Errorf("error %v", err)
	}
}
