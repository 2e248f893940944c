//go:build cgo

package infer

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vsim/profile/device/cache"
	"vsim/profile/device/native"
	"vsim/profile/device/native/nativetest"
)

func open(t testing.TB) {
	t.Helper()
	if err := Open(nativetest.Require(t, native.ONNXRuntime)); err != nil {
		nativetest.SkipOrFail(t, err)
	}
}

func session(t testing.TB, path string, threads int) *Session {
	t.Helper()
	s, err := NewSession(path, Options{IntraOpThreads: threads})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
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
	if got := s.InputShape(); len(got) != 4 || got[0] != -1 || got[2] != 8 || got[3] != 6 {
		t.Errorf("input shape %v", got)
	}
	if s.Classes() != 2 {
		t.Errorf("%d classes", s.Classes())
	}
	in, out := noise(5*144), make([]float32, 10)
	for _, batch := range []int{1, 5, 2, 5, 1} {
		clear(out)
		if err := s.Run(batch, in, out); err != nil {
			t.Fatal(err)
		}
		for i := range batch {
			a, b := meanLogits(in[i*144:], 48)
			if math.Abs(float64(out[2*i])-a) > 1e-5 || math.Abs(float64(out[2*i+1])-b) > 1e-5 {
				t.Fatalf("batch %d picture %d: %v, want %v %v", batch, i, out[2*i:2*i+2], a, b)
			}
		}
		for i := 2 * batch; i < len(out); i++ {
			if out[i] != 0 {
				t.Fatalf("batch %d wrote value %d", batch, i)
			}
		}
	}
}

func TestRunFollowsItsSlices(t *testing.T) {
	open(t)
	s := session(t, save(t, meanModel(-1, 3, 4, 4)), 1)
	for range 3 {
		in, out := noise(48), make([]float32, 2)
		in[0] = rand.Float32() * 100
		if err := s.Run(1, in, out); err != nil {
			t.Fatal(err)
		}
		if a, _ := meanLogits(in, 16); math.Abs(float64(out[0])-a) > 1e-4 {
			t.Errorf("got %v, want %v", out[0], a)
		}
	}
}

func TestWarmRunAllocatesNothing(t *testing.T) {
	open(t)
	s := session(t, save(t, meanModel(-1, 3, 8, 6)), 1)
	in, out := noise(4*144), make([]float32, 8)
	run := func() {
		for _, batch := range []int{1, 4} {
			if err := s.Run(batch, in, out); err != nil {
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
	in, out := make([]float32, 96), make([]float32, 4)
	for _, c := range []struct {
		s       *Session
		batch   int
		in, out []float32
		want    string
	}{
		{free, 0, in, out, "at least 1"},
		{free, 2, in[:95], out, "96 are needed"},
		{free, 2, in, out[:3], "4 are needed"},
		{fixed, 1, in, out, "fixed at 2"},
		{closed, 2, in, out, "closed"},
	} {
		if err := c.s.Run(c.batch, c.in, c.out); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("batch %d: error %v, want one with %q", c.batch, err, c.want)
		}
	}
	if err := fixed.Run(2, in, out); err != nil {
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
		{"three axes", "[N,3,4]; a model takes one input, float32 [N,3,H,W]", identity(float32Type, -1, 3, 4)},
		{"channels last", "[N,4,4,3]; a model", identity(float32Type, -1, 4, 4, 3)},
		{"bytes", "uint8 [N,3,4,4]; a model", identity(uint8Type, -1, 3, 4, 4)},
		{"free classes", "fixed number of classes", identity(float32Type, -1, 3, -1, -1)},
		{"two inputs", "it has 2 inputs", twoInputs()},
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
	if got := s.InputShape(); got[2] != Side || got[3] != Side {
		t.Errorf("input shape %v", got)
	}
	if err := s.Run(1, noise(3*Side*Side), make([]float32, 2)); err != nil {
		t.Error(err)
	}
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
	n := 3 * Side * Side
	in := noise(3 * n)
	a, b, alone := make([]float32, 3*one.Classes()), make([]float32, 3*one.Classes()), make([]float32, one.Classes())
	if err := errors.Join(one.Run(3, in, a), two.Run(3, in, b), one.Run(1, in[2*n:], alone)); err != nil {
		t.Fatal(err)
	}
	for i := range a {
		if math.IsNaN(float64(a[i])) || math.IsInf(float64(a[i]), 0) {
			t.Fatalf("logit %d is %v", i, a[i])
		}
		if math.Abs(float64(a[i]-b[i])) > 1e-3 {
			t.Fatalf("logit %d: %v with one thread, %v with two", i, a[i], b[i])
		}
	}
	for i, v := range alone {
		if got := a[2*one.Classes()+i]; math.Abs(float64(got-v)) > 1e-3 {
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
	in, out := noise(3*Side*Side), make([]float32, s.Classes())
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Run(1, in, out); err != nil {
			b.Fatal(err)
		}
	}
}
