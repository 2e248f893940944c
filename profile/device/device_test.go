//go:build cgo

package device

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"vsim/profile/device/native"
	"vsim/profile/device/native/nativetest"
	"vsim/profile/device/post"
	"vsim/profile/device/vision/testmodels"
)

// Models that people really use go the whole way of a server on the CPU, with photographs.
func TestPeoplesModels(t *testing.T) {
	dir := testmodels.Dir(t)
	libraries, err := Open(nativetest.Require(t, native.ONNXRuntime))
	if err != nil {
		nativetest.SkipOrFail(t, err)
	}
	for _, m := range testmodels.All {
		t.Run(m.File, func(t *testing.T) {
			i, err := NewInstance(filepath.Join(dir, m.File), 1, 2, m.Options)
			if err != nil {
				t.Fatal(err)
			}
			defer i.Close()
			p, err := libraries.NewPreprocessor(i.Tensor(), i.Model().Normalise)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			for n, photo := range testmodels.Photos {
				data, err := os.ReadFile(filepath.Join(dir, "photos", photo))
				if err != nil {
					t.Fatal(err)
				}
				img, err := p.Decode(data)
				if err != nil {
					t.Fatalf("%s: %v", photo, err)
				}
				made := i.Tensor().New()
				p.Resize(img, made)
				i.Copy(n%2, made)
			}
			if err := i.Infer(2); err != nil {
				t.Fatal(err)
			}
			if _, shape := i.session.Out(0); !slices.Equal(shape, m.Output) {
				t.Errorf("output %v, want %v", shape, m.Output)
			}
			answer := i.Post(1)
			if (i.Model().Postprocessing == post.Argmax) != (len(answer.Classes) > 0) {
				t.Errorf("%s gives %+v", i.Model().Postprocessing, answer)
			}
		})
	}
}
