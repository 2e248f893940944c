//go:build cgo

package model_test

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/x448/float16"
	ort "github.com/yalue/onnxruntime_go"

	"vsim/model"
	"vsim/profile/device/cache"
)

// TestONNXRuntimeRunsEveryModel loads every graph in ONNX Runtime and runs a batch of three different images. The
// answers must be finite, vary within an image and between images, and one must not depend on its neighbours:
// allowed is 1e-3 of the largest number, for kernels that add in another order at another batch size. The FP16 graph
// must answer the same within 5e-3 of it on average: a float16 has 11 bits, and the errors of many layers add up.
func TestONNXRuntimeRunsEveryModel(t *testing.T) {
	startORT(t)
	dir := t.TempDir()
	for _, spec := range model.Catalogue() {
		t.Run(spec.Name, func(t *testing.T) {
			images, size, answer := testImages(spec), product(spec.InputShape[:]), product(spec.Output)
			session := newSession(t, dir, spec.Name, spec)
			batch := infer(t, session, images, 3, spec)
			for i := range 3 {
				row := batch[i*answer : (i+1)*answer]
				alone := infer(t, session, images[i*size:(i+1)*size], 1, spec)
				checkRow(t, i, row)
				if length := norm(row); spec.Task == model.Identification && math.Abs(length-1) > 1e-3 {
					t.Errorf("image %d: an embedding of length %g, want 1", i, length)
				}
				if gap, limit := maxGap(row, alone), 1e-3*maxAbs(row); gap > limit {
					t.Errorf("image %d in a batch of 3 and alone differ by %g, more than %g", i, gap, limit)
				}
			}
			first := batch[:answer]
			for i := 1; i < 3; i++ {
				other := batch[i*answer : (i+1)*answer]
				relative := maxGap(first, other) / maxAbs(first)
				t.Logf("largest number %.3g, images 0 and %d differ by %.3g of it", maxAbs(first), i, relative)
				if relative < 0.01 {
					t.Errorf("images 0 and %d give the same answer to within %g of the largest", i, relative)
				}
			}
			half := inferHalf(t, newSession(t, dir, spec.Name+"-fp16", spec), images[2*size:], spec)
			gap := meanGap(half, batch[2*answer:]) / maxAbs(half)
			t.Logf("FP16 is off by %.2g of the largest number", gap)
			if !(gap < 5e-3) {
				t.Errorf("the FP16 graph has another answer, off by %g of the largest number on average", gap)
			}
		})
	}
}

// testImages returns noise, a smooth gradient, and noise on a gradient, of about unit variance.
func testImages(spec model.Spec) []float32 {
	rng := rand.New(rand.NewPCG(1, 2))
	size, width := product(spec.InputShape[:]), spec.InputShape[2]
	x := make([]float32, 3*size)
	for i := range size {
		smooth := 2*float32(i%width)/float32(width) - 1
		x[i] = float32(rng.NormFloat64())
		x[size+i] = smooth
		x[2*size+i] = smooth + 0.5*float32(rng.NormFloat64())
	}
	return x
}

func product(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

func checkRow(t *testing.T, image int, row []float32) {
	t.Helper()
	low, high, zeros := math.Inf(1), math.Inf(-1), 0
	for i, v := range row {
		f := float64(v)
		if math.IsNaN(f) || math.IsInf(f, 0) {
			t.Fatalf("image %d: number %d is %v", image, i, v)
		}
		low, high = min(low, f), max(high, f)
		if v == 0 {
			zeros++
		}
	}
	if zeros > len(row)/2 {
		t.Errorf("image %d: %d of %d numbers are 0", image, zeros, len(row))
	}
	if high-low < 0.1 || high > 1e4 || low < -1e4 {
		t.Errorf("image %d: they lie in [%g, %g], want a spread of 0.1 at least within ±1e4", image, low, high)
	}
}

func maxGap(a, b []float32) (gap float64) {
	for i := range a {
		gap = max(gap, math.Abs(float64(a[i])-float64(b[i])))
	}
	return gap
}

func norm(a []float32) float64 {
	sum := 0.0
	for _, v := range a {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum)
}

func meanGap(a, b []float32) (gap float64) {
	for i := range a {
		gap += math.Abs(float64(a[i])-float64(b[i])) / float64(len(a))
	}
	return gap
}

func maxAbs(a []float32) float64 { return maxGap(a, make([]float32, len(a))) }

func infer(t *testing.T, s *ort.DynamicAdvancedSession, images []float32, n int, spec model.Spec) []float32 {
	t.Helper()
	in, err := ort.NewTensor(batched(n, spec.InputShape[:]), images)
	if err != nil {
		t.Fatal(err)
	}
	return answer(t, s, in, n, spec)
}

// inferHalf runs an FP16 graph on one image.
func inferHalf(t *testing.T, s *ort.DynamicAdvancedSession, image []float32, spec model.Spec) []float32 {
	t.Helper()
	raw := make([]byte, 0, 2*len(image))
	for _, v := range image {
		raw = binary.LittleEndian.AppendUint16(raw, uint16(float16.Fromfloat32(v)))
	}
	in, err := ort.NewCustomDataTensor(batched(1, spec.InputShape[:]), raw, ort.TensorElementDataTypeFloat16)
	if err != nil {
		t.Fatal(err)
	}
	return answer(t, s, in, 1, spec)
}

// batched is the shape of n images or answers.
func batched(n int, dims []int) ort.Shape {
	shape := ort.NewShape(int64(n))
	for _, d := range dims {
		shape = append(shape, int64(d))
	}
	return shape
}

// answer runs the graph and gives back its input.
func answer(t *testing.T, s *ort.DynamicAdvancedSession, in ort.Value, n int, spec model.Spec) []float32 {
	t.Helper()
	defer in.Destroy()
	out, err := ort.NewEmptyTensor[float32](batched(n, spec.Output))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Destroy()
	if err := s.Run([]ort.Value{in}, []ort.Value{out}); err != nil {
		t.Fatal(err)
	}
	return append([]float32(nil), out.GetData()...)
}

func newSession(t testing.TB, dir, name string, spec model.Spec) *ort.DynamicAdvancedSession {
	t.Helper()
	path, err := cache.Model(dir, name, 1)
	if err != nil {
		t.Fatal(err)
	}
	options, err := ort.NewSessionOptions()
	if err != nil {
		t.Fatal(err)
	}
	defer options.Destroy()
	for _, err := range []error{options.SetIntraOpNumThreads(1), options.SetInterOpNumThreads(1),
		options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	s, err := ort.NewDynamicAdvancedSession(path, []string{model.InputName}, []string{spec.Task.OutputName()}, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Destroy() })
	return s
}

// startORT opens ONNX Runtime, or skips the test; VSIM_REQUIRE_NATIVE=1 turns the skip into a failure.
func startORT(t testing.TB) {
	t.Helper()
	lib := os.Getenv("VSIM_ORT_LIB")
	if lib == "" {
		lib = filepath.Join("..", ".deps", "onnxruntime", "libonnxruntime.so.1")
	}
	if _, err := os.Stat(lib); err != nil {
		missing := t.Skipf
		if os.Getenv("VSIM_REQUIRE_NATIVE") == "1" {
			missing = t.Fatalf
		}
		missing("ONNX Runtime is missing (%v): 'make deps' fetches it, VSIM_ORT_LIB names another", err)
	}
	ort.SetSharedLibraryPath(lib)
	if err := ort.InitializeEnvironment(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ort.DestroyEnvironment() })
}

// BenchmarkInference is the latency of one image on one thread; it needs ONNX Runtime.
func BenchmarkInference(b *testing.B) {
	startORT(b)
	dir := b.TempDir()
	for _, spec := range model.Catalogue() {
		b.Run(spec.Name, func(b *testing.B) {
			in, err := ort.NewTensor(batched(1, spec.InputShape[:]), testImages(spec)[:product(spec.InputShape[:])])
			if err != nil {
				b.Fatal(err)
			}
			defer in.Destroy()
			session := newSession(b, dir, spec.Name, spec)
			out, err := ort.NewEmptyTensor[float32](batched(1, spec.Output))
			if err != nil {
				b.Fatal(err)
			}
			defer out.Destroy()
			for b.Loop() {
				if err := session.Run([]ort.Value{in}, []ort.Value{out}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(spec.MACs)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GMAC/s")
		})
	}
}
