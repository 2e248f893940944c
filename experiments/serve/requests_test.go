package serve

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"vsim/profile/device"
	"vsim/profile/device/cache"
	"vsim/profile/device/native"
	"vsim/profile/device/native/nativetest"
	"vsim/profile/device/photo"
	"vsim/profile/device/tensor"
	"vsim/profile/device/vision"
	"vsim/sim/engine/batcher"
)

// cpuConfig is a server of one worker and one instance on the CPU.
func cpuConfig(t *testing.T) Config {
	t.Helper()
	nativetest.Require(t, native.ONNXRuntime)
	libraries, err := device.Open("")
	if err != nil {
		nativetest.SkipOrFail(t, err)
	}
	dir, err := cache.Dir()
	if err != nil {
		t.Fatal(err)
	}
	path, err := cache.Model(dir, "mobilenetv2", 1)
	if err != nil {
		t.Fatal(err)
	}
	return Config{Libraries: libraries, ModelPath: path, Workers: 1, Instances: 1, Threads: 1, Batch: batcher.Config{Max: 4}}
}

// ask sends a request and waits for its reply.
func ask(ctx context.Context, s *Server, r Request) Reply {
	replies := make(chan Reply, 1)
	s.Send(ctx, r, func(a Reply) { replies <- a })
	return <-replies
}

// Requests of one image or several, and of ready tensors, bring each image's scores; those that are not what the model reads are
// refused, and one whose second image is broken fails alone and says which.
func TestRequestsOfImagesAndTensors(t *testing.T) {
	cfg := cpuConfig(t)
	files, err := photo.Set(t.Context(), "", "small", 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	s := started(t, cfg)
	defer s.Stop()
	prep, err := cfg.Libraries.NewPreprocessor(s.shape, cfg.Vision.Normalise)
	if err != nil {
		t.Fatal(err)
	}
	defer prep.Close()
	alone, err := device.NewInstance(cfg.ModelPath, 1, 1, vision.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer alone.Close()
	var raw []byte
	var want []float32
	for _, file := range files {
		img, err := prep.Decode(file)
		if err != nil {
			t.Fatal(err)
		}
		made := s.shape.New()
		prep.Resize(img, made)
		raw = append(raw, made.Bytes()...)
		alone.Copy(0, made)
		if err := alone.Infer(1); err != nil {
			t.Fatal(err)
		}
		data, _ := alone.Output(0)
		want = append(want, tensor.Singles(data)...)
	}
	for name, r := range map[string]Request{"images": {Images: files}, "tensors": {Tensors: raw}} {
		r.Outputs = []int{0}
		a := ask(t.Context(), s, r)
		if a.Err != nil || len(a.Outputs) != 1 || !slices.Equal(a.Outputs[0].Shape, []int64{3, 1000}) {
			t.Fatalf("%s: %v, %d outputs", name, a.Err, len(a.Outputs))
		}
		for k, v := range tensor.Singles(a.Outputs[0].Data) {
			if d := v - want[k]; d > 1e-3 || d < -1e-3 {
				t.Fatalf("%s: score %d is %v, want %v", name, k, v, want[k])
			}
		}
	}
	if a := ask(t.Context(), s, Request{Image: files[0]}); a.Err != nil || a.Outputs != nil || a.Spans.Post <= 0 {
		t.Errorf("who asks for no outputs gets %d, %v", len(a.Outputs), a.Err)
	}
	var invalid InvalidError
	for name, r := range map[string]Request{"none": {Images: [][]byte{}}, "five": {Images: slices.Repeat(files[:1], 5)}, "bytes": {Tensors: raw[:len(raw)-1]}} {
		if a := ask(t.Context(), s, r); !errors.As(a.Err, &invalid) {
			t.Errorf("%s: %v", name, a.Err)
		}
	}
	a := ask(t.Context(), s, Request{Images: [][]byte{files[0], []byte("nonsense")}})
	if a.Err == nil || !bytes.Contains([]byte(a.Err.Error()), []byte("image 2 of 2")) {
		t.Errorf("a broken image: %v", a.Err)
	}
	if n := s.Waiting(); n != 0 {
		t.Errorf("%d wait in an idle server", n)
	}
}

// A queue counts the images of a request, rejects at once what is too much, and forgets who hangs up or has no more patience.
func TestRequestsLeaveTheQueue(t *testing.T) {
	cfg := cpuConfig(t)
	cfg.Ready, cfg.Workers, cfg.Waiting, cfg.Timeouts = true, 0, 5, true
	cfg.Batch.Delay = time.Hour // whoever does not fill a batch waits
	var mutex sync.Mutex
	var sizes []int
	cfg.Ran = func(images int, _ Spans, _ error) {
		mutex.Lock()
		defer mutex.Unlock()
		sizes = append(sizes, images)
	}
	s := started(t, cfg)
	defer s.Stop()
	one := make([]byte, s.shape.SizeBytes())
	answers := make(chan error, 10)
	send := func(ctx context.Context, r Request) { s.Send(ctx, r, func(a Reply) { answers <- a.Err }) }
	ctx, hangUp := context.WithCancel(t.Context())
	send(ctx, Request{Tensors: one})
	send(ctx, Request{Tensors: one, Timeout: time.Hour})
	send(t.Context(), Request{Tensors: one, Timeout: time.Millisecond})
	if err := <-answers; !errors.Is(err, ErrExpired) {
		t.Errorf("one whose timeout is over: %v", err)
	}
	hangUp()
	for range 2 {
		if err := <-answers; !errors.Is(err, ErrCanceled) {
			t.Errorf("one whose client hangs up: %v", err)
		}
	}
	if n := s.Waiting(); n != 0 || s.inference.discipline.Len() != 0 {
		t.Errorf("%d wait, %d in the queue", n, s.inference.discipline.Len())
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	send(gone, Request{Tensors: one})
	if err := <-answers; !errors.Is(err, ErrCanceled) {
		t.Errorf("one whose client was gone before: %v", err)
	}
	send(t.Context(), Request{Tensors: one})
	send(t.Context(), Request{Tensors: slices.Repeat(one, 3)})
	for range 2 {
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
	mutex.Lock()
	if !slices.Equal(sizes, []int{4}) {
		t.Errorf("batches of %v images; want one of 4", sizes)
	}
	mutex.Unlock()
	for range 3 {
		send(t.Context(), Request{Tensors: one})
	}
	s.waiting.Add(2) // as if five waited
	send(t.Context(), Request{Tensors: one})
	if err := <-answers; !errors.Is(err, ErrRejected) {
		t.Errorf("one too many: %v", err)
	}
	s.waiting.Add(-2)
}
