//go:build cgo

package infer

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vsim/profile/device/cache"
	"vsim/profile/device/native"
	"vsim/profile/device/native/nativetest"
	"vsim/profile/device/tensor"
	"vsim/profile/device/vision"
)

func open(t testing.TB) {
	t.Helper()
	if err := Open(nativetest.Require(t, native.ONNXRuntime)); err != nil {
		nativetest.SkipOrFail(t, err)
	}
}

func session(t testing.TB, path string, threads int) *Session {
	t.Helper()
	s, err := NewSession(path, Options{IntraOpThreads: threads, MaxBatch: 5})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// run infers a batch of float32 tensors, and copies the first output.
func run(t testing.TB, s *Session, batch int, in []float32) []float32 {
	t.Helper()
	copy(s.In(), tensor.Tensor{Single: in[:batch*s.Tensor.Len()]}.Bytes())
	if err := s.Run(batch); err != nil {
		t.Fatal(err)
	}
	data, _ := s.Out(0)
	return slices.Clone(tensor.Singles(data))
}

func noise(n int) []float32 {
	rng := rand.New(rand.NewPCG(5, 6))
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(rng.NormFloat64())
	}
	return out
}

// meanLogits is what meanModel must give for one picture of n pixels.
func meanLogits(in []float32, n int) (a, b float64) {
	var mean [3]float64
	for c := range mean {
		for _, v := range in[c*n : (c+1)*n] {
			mean[c] += float64(v) / float64(n)
		}
	}
	return mean[0] - mean[2], 2 * mean[1]
}

func TestRunMatchesArithmeticAtEveryBatchSize(t *testing.T) {
	open(t)
	s := session(t, save(t, meanModel(-1, 3, 8, 6)), 1)
	if s.Batch != 0 || s.Tensor.Height != 8 || s.Tensor.Width != 6 || s.Outputs[0].Shape[1] != 2 {
		t.Errorf("model %+v", s.Model)
	}
	in := noise(5 * 144)
	for _, batch := range []int{1, 5, 2, 5, 1} {
		in[0] = rand.Float32() * 100
		out := run(t, s, batch, in)
		if len(out) != 2*batch {
			t.Fatalf("batch %d: %d values", batch, len(out))
		}
		for i := range batch {
			a, b := meanLogits(in[i*144:], 48)
			if math.Abs(float64(out[2*i])-a) > 1e-5 || math.Abs(float64(out[2*i+1])-b) > 1e-5 {
				t.Fatalf("batch %d picture %d: %v, want %v %v", batch, i, out[2*i:2*i+2], a, b)
			}
		}
	}
}

func TestWarmRunAllocatesNothing(t *testing.T) {
	open(t)
	s := session(t, save(t, meanModel(-1, 3, 8, 6)), 1)
	run := func() {
		for _, batch := range []int{1, 4} {
			if err := s.Run(batch); err != nil {
				t.Fatal(err)
			}
		}
	}
	run()
	if n := testing.AllocsPerRun(20, run); n != 0 {
		t.Errorf("two warm runs allocate %v times", n)
	}
}

func TestRunRefusesWrongSizes(t *testing.T) {
	open(t)
	free := session(t, save(t, meanModel(-1, 3, 4, 4)), 1)
	fixed := session(t, save(t, meanModel(2, 3, 4, 4)), 1)
	closed := session(t, save(t, meanModel(2, 3, 4, 4)), 1)
	closed.Close()
	for _, c := range []struct {
		s     *Session
		batch int
		want  string
	}{
		{free, 0, "at least 1"},
		{free, 6, "room for 5"},
		{fixed, 1, "fixed at 2"},
		{closed, 2, "closed"},
	} {
		if err := c.s.Run(c.batch); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("batch %d: error %v, want one with %q", c.batch, err, c.want)
		}
	}
	if err := fixed.Run(2); err != nil {
		t.Error(err)
	}
}

func TestUnusableModelsNameFileAndRule(t *testing.T) {
	open(t)
	good := meanModel(-1, 3, 4, 4)
	for _, c := range []struct {
		name, want string
		data       []byte
	}{
		{"empty", "empty", nil},
		{"text", "not an ONNX file", []byte("this is not a model")},
		{"cut", "cut off", good[:len(good)/2]},
		{"cut at the end", "cut off", good[:len(good)-3]},
		{"three axes", "[N,3,4]; a served model reads pictures alone", identity(float32Type, -1, 3, 4)},
		{"one channel", "[N,1,4,4], pictures of one channel", identity(float32Type, -1, 1, 4, 4)},
		{"integers", "int64 [N,3,4,4]; a served model", identity(7, -1, 3, 4, 4)},
		{"huge", "256 MiB, the limit", identity(float32Type, -1, 3, 65536, 65536)},
		{"two inputs", "it reads z float32 [N,3,4,4] beside the picture x float32 [N,3,4,4]", twoInputs()},
	} {
		path := save(t, c.data)
		s, err := NewSession(path, Options{})
		if err == nil || !errors.Is(err, ErrModel) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
		if s != nil || err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: session %v, error %q", c.name, s, err)
		}
	}
	for _, path := range []string{filepath.Join(t.TempDir(), "missing.onnx"), t.TempDir()} {
		if _, err := NewSession(path, Options{}); !errors.Is(err, ErrModel) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v", path, err)
		}
	}
}

func TestDynamicHeightAndWidthMeanSide(t *testing.T) {
	open(t)
	s := session(t, save(t, meanModel(-1, 3, -1, -1)), 1)
	if s.Tensor.Height != vision.Side || s.Tensor.Width != vision.Side {
		t.Errorf("input %v", s.Tensor)
	}
	run(t, s, 1, noise(3*vision.Side*vision.Side))
}

func TestOpenTwice(t *testing.T) {
	open(t)
	lib := nativetest.Require(t, native.ONNXRuntime)
	if err := Open(lib); err != nil {
		t.Errorf("the same library again: %v", err)
	}
	if err := Open(lib + ".other"); err == nil || !strings.Contains(err.Error(), lib) {
		t.Errorf("another library: error %v", err)
	}
	if v := Version(); !strings.HasPrefix(v, "1.") {
		t.Errorf("version %q", v)
	}
}

// The catalogue's models run as they would be served: finite logits, the same for a picture alone
// and in a batch, with one thread and with two.
func TestCatalogueModel(t *testing.T) {
	open(t)
	path, err := cache.Model(t.TempDir(), "mobilenetv2", 1)
	if err != nil {
		t.Fatal(err)
	}
	one, two := session(t, path, 1), session(t, path, 2)
	n := 3 * vision.Side * vision.Side
	in := noise(3 * n)
	a, b, alone := run(t, one, 3, in), run(t, two, 3, in), run(t, one, 1, in[2*n:])
	for i := range a {
		if math.IsNaN(float64(a[i])) || math.IsInf(float64(a[i]), 0) {
			t.Fatalf("logit %d is %v", i, a[i])
		}
		if math.Abs(float64(a[i]-b[i])) > 1e-3 {
			t.Fatalf("logit %d: %v with one thread, %v with two", i, a[i], b[i])
		}
	}
	for i, v := range alone {
		if got := a[2*len(alone)+i]; math.Abs(float64(got-v)) > 1e-3 {
			t.Fatalf("logit %d: %v in a batch, %v alone", i, got, v)
		}
	}
}

func TestMissingWeightsFileNamesTheModel(t *testing.T) {
	open(t)
	dir := t.TempDir()
	path, err := cache.Model(dir, "mobilenetv2", 1)
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.weights"))
	for _, file := range files {
		os.Remove(file)
	}
	if _, err := NewSession(path, Options{}); !errors.Is(err, ErrModel) || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
}

func BenchmarkMobileNetV2(b *testing.B) {
	open(b)
	path, err := cache.Model(b.TempDir(), "mobilenetv2", 1)
	if err != nil {
		b.Fatal(err)
	}
	s := session(b, path, 1)
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Run(1); err != nil {
			b.Fatal(err)
		}
	}
}
