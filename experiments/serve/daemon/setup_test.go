package daemon

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vsim/profile/device"
	"vsim/profile/device/cache"
	"vsim/profile/device/native"
	"vsim/profile/device/native/nativetest"
	"vsim/profile/device/photo"
	"vsim/profile/device/preprocess"
	"vsim/profile/device/tensor"
	"vsim/profile/device/vision"
)

const scenarioText = `[cpu]
cores = 2
[pipeline]
model = "mobilenetv2"
inference = "cpu"
preprocessing = "cpu"
[batcher]
max_batch = 4
max_queue_delay = "1ms"
`

// running is a server under test.
type running struct {
	Serving
	cancel context.CancelFunc
	ended  chan error
}

// start serves the scenario with keys overridden, on free ports of loopback, until the test ends.
func start(t *testing.T, opt Options, set ...string) *running {
	t.Helper()
	nativetest.Require(t, native.ONNXRuntime)
	nativetest.Require(t, native.TurboJPEG)
	file := filepath.Join(t.TempDir(), "server.toml")
	if err := os.WriteFile(file, []byte(scenarioText), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := Read(file, set)
	if err != nil {
		t.Fatal(err)
	}
	opt.HTTP, opt.GRPC, opt.Metrics, opt.CacheDir = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0", cacheDir(t)
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{cancel: cancel, ended: make(chan error, 1)}
	ready := make(chan struct{})
	go func() {
		r.ended <- Run(ctx, s, opt, func(string) {}, func(now Serving) { r.Serving = now; close(ready) })
	}()
	select {
	case <-ready:
	case err := <-r.ended:
		t.Fatalf("the server did not start: %v", err)
	}
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-r.ended:
			if err != nil {
				t.Errorf("the server ended with %v", err)
			}
		case <-time.After(time.Minute):
			t.Error("the server does not end")
		}
	})
	return r
}

func cacheDir(t *testing.T) string {
	t.Helper()
	dir, err := cache.Dir()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// pictures are some JPEG files.
func somePictures(t *testing.T, n int) [][]byte {
	t.Helper()
	files, err := photo.Set(t.Context(), cacheDir(t), "small", n, 1)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// model is mobilenetv2 in this process, by which answers are judged.
type model struct {
	instance *device.Instance
	prep     *device.Preprocessor
}

func openModel(t *testing.T) *model {
	t.Helper()
	libraries, err := device.Open("")
	if err != nil {
		nativetest.SkipOrFail(t, err)
	}
	path, err := cache.Model(cacheDir(t), "mobilenetv2", 1)
	if err != nil {
		t.Fatal(err)
	}
	instance, err := device.NewInstance(path, 1, 1, vision.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(instance.Close)
	prep, err := libraries.NewPreprocessor(instance.Tensor(), preprocess.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(prep.Close)
	return &model{instance, prep}
}

// tensor is what the model reads of a JPEG file.
func (m *model) tensor(t *testing.T, file []byte) tensor.Tensor {
	t.Helper()
	img, err := m.prep.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	made := m.instance.Tensor().New()
	m.prep.Resize(img, made)
	return made
}

// scores are what the model gives for a tensor.
func (m *model) scores(t *testing.T, in tensor.Tensor) []float32 {
	t.Helper()
	m.instance.Copy(0, in)
	if err := m.instance.Infer(1); err != nil {
		t.Fatal(err)
	}
	data, _ := m.instance.Output(0)
	return append([]float32(nil), tensor.Singles(data)...)
}
