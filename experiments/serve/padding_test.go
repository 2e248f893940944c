package serve_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"vsim/experiments/serve"
	"vsim/profile/device"
	"vsim/profile/device/native"
	"vsim/profile/device/native/nativetest"
	"vsim/profile/device/photo"
	"vsim/sim/engine/batcher"
)

// A server that pads runs its model at the allowed sizes and at no other, from its first warm-up on: a model that
// fails at all sizes but multiples of k answers every request where those are allowed, and cannot even be warmed up
// where one more is.
func TestPaddedSizesAloneAreRun(t *testing.T) {
	libraries, err := device.Open(nativetest.Require(t, native.ONNXRuntime))
	if err != nil {
		nativetest.SkipOrFail(t, err) // a binary without cgo
	}
	files, err := photo.Set(t.Context(), "", "small", 4, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		k     int
		sizes []int
		runs  bool
	}{{4, []int{4, 8}, true}, {2, []int{2, 4, 8}, true}, {8, []int{8}, true}, {2, []int{1, 2, 4, 8}, false}, {2, []int{2, 3, 8}, false}, {2, nil, false}, {1, nil, true}} {
		cfg := serve.Config{Libraries: libraries, ModelPath: multiples(t, c.k), Workers: 1, Instances: 2, Threads: 1,
			Batch: batcher.Config{Max: 8, Delay: 200 * time.Microsecond}, BatchSizes: c.sizes}
		s, err := serve.Start(cfg)
		if (err == nil) != c.runs {
			t.Errorf("multiples of %d at sizes %v: error %v", c.k, c.sizes, err)
		}
		if err != nil {
			continue
		}
		for n := 1; n <= 10; n++ {
			replies := make(chan serve.Reply, n)
			for k := range n {
				s.Submit(serve.Request{Image: files[k%len(files)]}, func(r serve.Reply) { replies <- r })
			}
			for range n {
				if r := <-replies; r.Err != nil {
					t.Errorf("multiples of %d at sizes %v: in a batch of %d: %v", c.k, c.sizes, r.Batch, r.Err)
				}
			}
		}
		s.Stop()
	}
}

func TestSizesThatContradictTheBatch(t *testing.T) {
	cfg := serve.Config{Workers: 1, Instances: 1, Threads: 1, Batch: batcher.Config{Max: 4}, BatchSizes: []int{1, 8}}
	if _, err := serve.Start(cfg); err == nil || !strings.Contains(err.Error(), "the last must be the largest batch, 4") {
		t.Errorf("error %v", err)
	}
}

// multiples writes a model that fails unless its batch is a multiple of k: it gathers the means of k pictures in a
// row of 3 k numbers, which is not possible with another number of pictures, and takes them apart again.
func multiples(t *testing.T, k int) string {
	t.Helper()
	graph := message(nil, 1, node("GlobalAveragePool", "mean", "input"))
	graph = message(graph, 1, node("Reshape", "rows", "mean", "gathered"))
	graph = message(graph, 1, node("Reshape", "logits", "rows", "apart"))
	graph = message(graph, 2, []byte("multiples"))
	graph = message(graph, 5, shape("gathered", -1, int64(3*k)))
	graph = message(graph, 5, shape("apart", -1, 3))
	graph = message(graph, 11, tensor("input", 3, 8, 8))
	graph = message(graph, 12, tensor("logits", 3))
	model := message(number(nil, 1, 8), 7, graph) // version of the format, graph
	model = message(model, 8, number(nil, 2, 17)) // version of the operators
	path := filepath.Join(t.TempDir(), "multiples.onnx")
	if err := os.WriteFile(path, model, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func message(b []byte, field protowire.Number, body []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), body)
}

func number(b []byte, field protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), v)
}

func node(op, out string, in ...string) (b []byte) {
	for _, name := range in {
		b = message(b, 1, []byte(name))
	}
	return message(message(b, 2, []byte(out)), 4, []byte(op))
}

// shape is a constant of two whole numbers.
func shape(name string, dims ...int64) []byte {
	b := number(number(nil, 1, uint64(len(dims))), 2, 7) // its length, int64
	for _, d := range dims {
		b = number(b, 7, uint64(d))
	}
	return message(b, 8, []byte(name))
}

// tensor is an input or output of float32 whose first axis, the batch, is free.
func tensor(name string, dims ...uint64) []byte {
	axes := message(nil, 1, message(nil, 2, []byte("N")))
	for _, d := range dims {
		axes = message(axes, 1, number(nil, 1, d))
	}
	typ := message(nil, 1, message(number(nil, 1, 1), 2, axes))
	return message(message(nil, 1, []byte(name)), 2, typ)
}
