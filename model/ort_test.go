//go:build cgo

package model_test

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	ort "github.com/yalue/onnxruntime_go"

	"vsim/model"
	"vsim/profile/device/cache"
)

const imageFloats = 3 * 224 * 224

// TestONNXRuntimeRunsEveryModel loads every graph in ONNX Runtime and runs a batch of three different images. The
// logits must be finite, vary within an image and between images, and a row must not depend on its neighbours:
// allowed is 1e-3 of the largest logit, for kernels that add in another order at another batch size.
func TestONNXRuntimeRunsEveryModel(t *testing.T) {
	startORT(t)
	dir := t.TempDir()
	images := testImages()
	for _, spec := range model.Catalogue() {
		t.Run(spec.Name, func(t *testing.T) {
			session := newSession(t, dir, spec.Name)
			batch := infer(t, session, images, 3, spec.Classes)
			for i := range 3 {
				row := batch[i*spec.Classes : (i+1)*spec.Classes]
				alone := infer(t, session, images[i*imageFloats:(i+1)*imageFloats], 1, spec.Classes)
				checkRow(t, i, row)
				if gap, limit := maxGap(row, alone), 1e-3*maxAbs(row); gap > limit {
					t.Errorf("image %d in a batch of 3 and alone differ by %g, more than %g", i, gap, limit)
				}
			}
			first := batch[:spec.Classes]
			for i := 1; i < 3; i++ {
				other := batch[i*spec.Classes : (i+1)*spec.Classes]
				relative := maxGap(first, other) / maxAbs(first)
				t.Logf("largest logit %.3g, images 0 and %d differ by %.3g of it", maxAbs(first), i, relative)
				if relative < 0.01 {
					t.Errorf("images 0 and %d give the same logits to within %g of the largest", i, relative)
				}
			}
		})
	}
}

// testImages returns noise, a smooth gradient, and noise on a gradient, of about unit variance.
func testImages() []float32 {
	rng := rand.New(rand.NewPCG(1, 2))
	x := make([]float32, 3*imageFloats)
	for i := range imageFloats {
		smooth := float32(i%224)/112 - 1
		x[i] = float32(rng.NormFloat64())
		x[imageFloats+i] = smooth
		x[2*imageFloats+i] = smooth + 0.5*float32(rng.NormFloat64())
	}
	return x
}

func checkRow(t *testing.T, image int, row []float32) {
	t.Helper()
	low, high := math.Inf(1), math.Inf(-1)
	for i, v := range row {
		f := float64(v)
		if math.IsNaN(f) || math.IsInf(f, 0) {
			t.Fatalf("image %d: logit %d is %v", image, i, v)
		}
		low, high = min(low, f), max(high, f)
	}
	if high-low < 0.1 || high > 1e4 || low < -1e4 {
		t.Errorf("image %d: logits lie in [%g, %g], want a spread of 0.1 at least within ±1e4", image, low, high)
	}
}

func maxGap(a, b []float32) (gap float64) {
	for i := range a {
		gap = max(gap, math.Abs(float64(a[i])-float64(b[i])))
	}
	return gap
}

func maxAbs(a []float32) float64 { return maxGap(a, make([]float32, len(a))) }

func infer(t *testing.T, s *ort.DynamicAdvancedSession, images []float32, n, classes int) []float32 {
	t.Helper()
	in, err := ort.NewTensor(ort.NewShape(int64(n), 3, 224, 224), images)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Destroy()
	out, err := ort.NewEmptyTensor[float32](ort.NewShape(int64(n), int64(classes)))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Destroy()
	if err := s.Run([]ort.Value{in}, []ort.Value{out}); err != nil {
		t.Fatal(err)
	}
	return append([]float32(nil), out.GetData()...)
}

func newSession(t testing.TB, dir, name string) *ort.DynamicAdvancedSession {
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
	s, err := ort.NewDynamicAdvancedSession(path, []string{model.InputName}, []string{model.OutputName}, options)
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
	in, err := ort.NewTensor(ort.NewShape(1, 3, 224, 224), testImages()[:imageFloats])
	if err != nil {
		b.Fatal(err)
	}
	defer in.Destroy()
	for _, spec := range model.Catalogue() {
		b.Run(spec.Name, func(b *testing.B) {
			session := newSession(b, dir, spec.Name)
			out, err := ort.NewEmptyTensor[float32](ort.NewShape(1, int64(spec.Classes)))
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
