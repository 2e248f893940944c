package serve

import (
	"math"
	"testing"

	"vsim/profile/device"
	"vsim/profile/device/gpu/fakegpu"
	"vsim/profile/device/photo"
	"vsim/profile/device/preprocess"
	"vsim/profile/device/tensor"
	"vsim/sim/engine/batcher"
)

// The workers and Prepare make tensors of the model's own type, and what the model reads is the picture: the fake model
// answers with the mean of each colour.
func TestTensorsAreOfTheModelsType(t *testing.T) {
	_, d := fakegpu.Device(t)
	libraries := device.OpenCodec()
	files, err := photo.Set(t.Context(), "", "small", 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	want := means(t, libraries, files[0])
	for element, model := range map[tensor.Element]string{tensor.Float32: fakegpu.Model(t), tensor.Float16: fakegpu.HalfModel(t)} {
		cfg := Config{Libraries: libraries, ModelPath: model, Workers: 1, Instances: 1, Batch: batcher.Config{Max: 2}, GPU: &GPU{Device: d}}
		s := started(t, cfg)
		if got := s.tensors.Get().(tensor.Tensor).Element(); got != element {
			t.Errorf("a worker's tensor of type %d for a model of type %d", got, element)
		}
		compareMeans(t, logits(t, s, files[0]), want)
		s.Stop()

		cfg.Workers, cfg.GPU.Ready = 0, true
		s = started(t, cfg)
		if err := s.Prepare(libraries, files); err != nil {
			t.Fatal(err)
		}
		for _, made := range s.ready {
			if made.Element() != element {
				t.Errorf("a client's tensor of type %d for a model of type %d", made.Element(), element)
			}
		}
		compareMeans(t, logits(t, s, files[0]), want)
		s.Stop()
	}
}

func started(t *testing.T, cfg Config) *Server {
	t.Helper()
	s, err := Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// logits are what the model answers to a file.
func logits(t *testing.T, s *Server, file []byte) []float32 {
	t.Helper()
	answers := make(chan Reply)
	s.Submit(Request{Image: file}, func(r Reply) { answers <- r })
	if r := <-answers; r.Err != nil {
		t.Fatal(r.Err)
	}
	return s.instances[0].(*gpuInstance).Logits(0)
}

// means are those of the colours of a picture as the CPU preprocesses it.
func means(t *testing.T, libraries *device.Libraries, file []byte) (out [3]float64) {
	t.Helper()
	p, err := libraries.NewPreprocessor(tensor.Shape{Width: 224, Height: 224, Element: tensor.Float32}, preprocess.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	img, err := p.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	made := tensor.Shape{Width: 224, Height: 224, Element: tensor.Float32}.New()
	p.Resize(img, made)
	for k, v := range made.Single {
		out[k/(224*224)] += float64(v) / (224 * 224)
	}
	return out
}

func compareMeans(t *testing.T, got []float32, want [3]float64) {
	t.Helper()
	for c := range want {
		if math.Abs(float64(got[c])-want[c]) > 1e-3 {
			t.Errorf("colour %d: mean %v, want %v", c, got[c], want[c])
		}
	}
}
