//go:build cgo

package infer

import (
	"slices"
	"strings"
	"testing"

	"vsim/profile/device/post"
	"vsim/profile/device/preprocess"
	"vsim/profile/device/tensor"
	"vsim/profile/device/vision"
)

// Each kind of input and output: what was read of it, and that a batch's outputs have the shape that they should.
func TestEachKindOfShape(t *testing.T) {
	open(t)
	const half = 10
	for _, c := range []struct {
		name   string
		model  []byte
		vision vision.Options
		batch  int
		tensor tensor.Shape
		fixed  int
		post   post.Kind
		out    [][]int64
	}{
		{name: "NHWC", model: identity(float32Type, -1, 4, 6, 3), batch: 2,
			tensor: tensor.Shape{Width: 6, Height: 4, Element: tensor.Float32, Layout: tensor.NHWC}, post: post.None, out: [][]int64{{2, 4, 6, 3}}},
		{name: "uint8", model: identity(uint8Type, -1, 3, 4, 6), batch: 2,
			tensor: tensor.Shape{Width: 6, Height: 4, Element: tensor.Uint8, Layout: tensor.NCHW}, post: post.None, out: [][]int64{{2, 3, 4, 6}}},
		{name: "float16", model: identity(half, -1, 3, 4, 6), batch: 2,
			tensor: tensor.Shape{Width: 6, Height: 4, Element: tensor.Float16, Layout: tensor.NCHW}, post: post.None, out: [][]int64{{2, 3, 4, 6}}},
		{name: "fixed batch", model: meanModel(1, 3, 4, 6), batch: 1, fixed: 1,
			tensor: tensor.Shape{Width: 6, Height: 4, Element: tensor.Float32, Layout: tensor.NCHW}, post: post.Argmax, out: [][]int64{{1, 2}}},
		{name: "free size", model: identity(float32Type, -1, 3, -1, -1), vision: vision.Options{Width: 10, Height: 7}, batch: 3,
			tensor: tensor.Shape{Width: 10, Height: 7, Element: tensor.Float32, Layout: tensor.NCHW}, post: post.None, out: [][]int64{{3, 3, 7, 10}}},
		{name: "free in all", model: identity(float32Type, -1, -1, -1, -1), batch: 1,
			tensor: tensor.Shape{Width: vision.Side, Height: vision.Side, Element: tensor.Float32, Layout: tensor.NCHW}, post: post.None, out: [][]int64{{1, 3, vision.Side, vision.Side}}},
		{name: "two outputs", model: twoOutputs(), batch: 2,
			tensor: tensor.Shape{Width: 4, Height: 4, Element: tensor.Float32, Layout: tensor.NCHW}, post: post.Argmax, out: [][]int64{{2, 3}, {2, 3, 4, 4}}},
		{name: "as many rows as there are", model: rows(), batch: 2,
			tensor: tensor.Shape{Width: 4, Height: 4, Element: tensor.Float32, Layout: tensor.NCHW}, post: post.None, out: [][]int64{{4, 96}}},
		{name: "rows, not a batch", model: columns(), batch: 2,
			tensor: tensor.Shape{Width: 4, Height: 4, Element: tensor.Float32, Layout: tensor.NCHW}, post: post.None, out: [][]int64{{96, 4}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := NewSession(save(t, c.model), Options{MaxBatch: 3, Vision: c.vision})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if s.Tensor != c.tensor || s.Batch != c.fixed || s.Postprocessing != c.post {
				t.Errorf("reads %v, batch %d, postprocessing %s; want %v, %d, %s", s.Tensor, s.Batch, s.Postprocessing, c.tensor, c.fixed, c.post)
			}
			for k := range s.In() {
				s.In()[k] = byte(1 + k%60)
			}
			for range 2 {
				if err := s.Run(c.batch); err != nil {
					t.Fatal(err)
				}
				for k, want := range c.out {
					data, shape := s.Out(k)
					if !slices.Equal(shape, want) || len(data) != tensor.Count(want)*s.Outputs[k].Element.SizeBytes() {
						t.Fatalf("output %d is %v in %d bytes, want %v", k, shape, len(data), want)
					}
				}
				if got, _ := s.Out(0); c.out[0][1] > 2 && len(c.out) == 1 && len(c.out[0]) == 4 && !slices.Equal(got, s.In()[:len(got)]) {
					t.Error("the output is not the input")
				}
			}
		})
	}
}

func TestOptionsThatDoNotFitAreRefused(t *testing.T) {
	open(t)
	for _, c := range []struct {
		want   string
		model  []byte
		vision vision.Options
	}{
		{"leave --input-size out", meanModel(-1, 3, 4, 4), vision.Options{Width: 8, Height: 8}},
		{"16384 at most", meanModel(-1, 3, -1, -1), vision.Options{Width: 20000, Height: 8}},
		{"takes pixels as they are", identity(uint8Type, -1, 3, 4, 4), vision.Options{Normalise: preprocess.Options{Given: true, Std: [3]float32{1, 1, 1}, Scale: 1}}},
		{"nms reads [N,4+classes,anchors]", meanModel(-1, 3, 4, 4), vision.Options{Postprocessing: post.NMS}},
		{"reads float32", identity(uint8Type, -1, 3, 4, 4), vision.Options{Postprocessing: post.Argmax}},
	} {
		_, err := NewSession(save(t, c.model), Options{Vision: c.vision})
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
}

// twoOutputs gives the means of the colours, and the picture.
func twoOutputs() []byte {
	return graphFile([][]byte{node("GlobalAveragePool", []string{"x"}, "pooled"), node("Flatten", []string{"pooled"}, "y"), node("Identity", []string{"x"}, "same")}, nil,
		[][]byte{value("x", float32Type, -1, 3, 4, 4)}, [][]byte{value("y", float32Type, -1, 3), value("same", float32Type, -1, 3, 4, 4)})
}

// rows gives the places of all values that are not 0: as many as the pictures have, whatever the batch.
func rows() []byte {
	return graphFile([][]byte{node("NonZero", []string{"x"}, "y")}, nil,
		[][]byte{value("x", float32Type, -1, 3, 4, 4)}, [][]byte{value("y", 7, 4, -1)})
}

// columns is rows the other way round: its first axis, free as a batch's, is not the batch.
func columns() []byte {
	return graphFile([][]byte{node("NonZero", []string{"x"}, "r"), node("Transpose", []string{"r"}, "y")}, nil,
		[][]byte{value("x", float32Type, -1, 3, 4, 4)}, [][]byte{value("y", 7, -1, 4)})
}
