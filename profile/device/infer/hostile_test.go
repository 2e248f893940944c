//go:build cgo

package infer

import (
	"errors"
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// A model that says that its pictures are enormous is refused before anything of that size is made.
func TestAbsurdDimensionsAreRefused(t *testing.T) {
	open(t)
	for name, dims := range map[string][]int64{
		"65536 x 65536": {-1, 3, 65536, 65536},
		"2^31":          {-1, 3, 1 << 31, 224},
		"2^32 x 2^32":   {-1, 3, 1 << 32, 1 << 32},
		"2^62 x 2^62":   {-1, 3, 1 << 62, 1 << 62},
		"batches":       {math.MaxInt64, 3, 224, 224},
	} {
		pooled := graphFile([][]byte{node("GlobalAveragePool", []string{"x"}, "y")}, nil,
			[][]byte{value("x", float32Type, dims...)}, [][]byte{value("y", float32Type, dims[0], 3, 1, 1)})
		_, err := NewSession(save(t, pooled), Options{})
		if !errors.Is(err, ErrModel) || !strings.Contains(err.Error(), "the limit") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	tiled := identity(float32Type, -1, 3, 65536, 65536)
	if _, err := NewSession(save(t, tiled), Options{}); !errors.Is(err, ErrModel) || !strings.Contains(err.Error(), "the limit") {
		t.Errorf("output: error %v", err)
	}
}

// A run that does not end is an error, and what it still uses stays.
func TestARunWithoutAnEndIsAnError(t *testing.T) {
	open(t)
	minute, picture := firstRunLimit, firstRunLimitPicture
	defer func() { firstRunLimit, firstRunLimitPicture = minute, picture }()
	firstRunLimit, firstRunLimitPicture = 0, 1
	s := session(t, save(t, looping(1_000_000)), 1)
	for _, want := range []string{"a loop in its graph may have no end", "an earlier run has not ended"} {
		if err := s.Run(1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// What ONNX Runtime says of a failed run comes back as an error on one line, and only so.
func TestNothingIsLogged(t *testing.T) {
	open(t)
	if os.Getenv("VSIM_TEST_FAILING_RUN") != "" {
		s, err := NewSession(save(t, failing()), Options{MaxBatch: 2})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Run(2); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v", err)
		}
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestNothingIsLogged$")
	cmd.Env = append(os.Environ(), "VSIM_TEST_FAILING_RUN=yes")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if out, err := cmd.Output(); err != nil || stderr.Len() > 0 {
		t.Errorf("%v, stdout %q, stderr %q", err, out, stderr.String())
	}
}

// A first run that fails is an error, also where it was to tell the sizes of the outputs; the size that the picture was run
// at may be why.
func TestAFailingFirstRunIsAnError(t *testing.T) {
	open(t)
	free := graphFile([][]byte{node("Reshape", []string{"x", "shape"}, "y")}, [][]byte{initializer("shape", int64Type, []int64{2}, -1, 5)},
		[][]byte{value("x", float32Type, -1, 3, -1, -1)}, [][]byte{value("y", float32Type, -1, -1)})
	s := session(t, save(t, free), 1)
	if err := s.Run(1); err == nil || !strings.Contains(err.Error(), "it ran at 224x224, another --input-size may suit it") {
		t.Errorf("error %v", err)
	}
}
