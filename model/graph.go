package model

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
)

// Names of the one input and the one output of every graph in the catalogue.
const (
	InputName  = "input"  // float32 [N, C, H, W]; float16 in FP16 graphs
	OutputName = "logits" // float32 [N, Classes], before softmax
)

// tensor is a value in the graph with its shape for ONE image. shape[0] is what the image adds to the batch axis:
// 1, or the number of windows where the windows of all images are stacked there.
type tensor struct {
	name  string
	shape []int
}

// graph collects an ONNX graph layer by layer and counts parameters and multiply-accumulates on the way. A graph
// holds no weights: only where each lies in the weight file (see weights).
type graph struct {
	nodes   [][]byte
	inline  []constant // that are part of the graph
	known   map[string]bool
	weights weights
	input   []int // C, H, W
	classes int
	logits  string // the value that becomes the output
	params  int64  // as trained and published: BatchNorm still apart from its convolution
	macs    int64  // of convolutions and matrix products, for one image
}

// constant is a small tensor whose values (little endian) stand in the graph itself.
type constant struct {
	name     string
	dataType int64
	dims     []int
	raw      []byte
}

func newGraph(input [3]int) (*graph, tensor) {
	g := &graph{known: map[string]bool{}, input: input[:]}
	return g, tensor{InputName, []int{1, input[0], input[1], input[2]}}
}

// add appends an operator with one output and returns that.
func (g *graph) add(op string, shape []int, inputs []tensor, attrs ...attr) tensor {
	return g.addMany(op, [][]int{shape}, inputs, attrs...)[0]
}

// addMany appends an operator with an output for each shape.
func (g *graph) addMany(op string, shapes [][]int, inputs []tensor, attrs ...attr) []tensor {
	name := fmt.Sprintf("%s_%d", op, len(g.nodes))
	var ins, outs []string
	for _, t := range inputs {
		ins = append(ins, t.name)
	}
	out := make([]tensor, len(shapes))
	for i, s := range shapes {
		out[i] = tensor{fmt.Sprintf("%s_%d", name, i), s}
		outs = append(outs, out[i].name)
	}
	g.nodes = append(g.nodes, nodeProto(op, name, ins, outs, attrs))
	return out
}

// scalar returns a constant of shape []; equal constants share one initializer.
func (g *graph) scalar(v float32) tensor {
	name := "scalar_" + strconv.FormatFloat(float64(v), 'g', -1, 32)
	raw := binary.LittleEndian.AppendUint32(nil, math.Float32bits(v))
	return g.constant(name, dataTypeFloat, nil, raw)
}

// ints returns a constant of shape [len(vs)], such as the shape that Reshape wants.
func (g *graph) ints(vs ...int) tensor {
	name, raw := "ints", []byte(nil)
	for _, v := range vs {
		name += "_" + strconv.Itoa(v)
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	return g.constant(name, dataTypeInt64, []int{len(vs)}, raw)
}

// index returns an integer constant of shape [].
func (g *graph) index(v int) tensor {
	return g.constant("index_"+strconv.Itoa(v), dataTypeInt64, nil, binary.LittleEndian.AppendUint64(nil, uint64(v)))
}

func (g *graph) constant(name string, dataType int64, dims []int, raw []byte) tensor {
	if !g.known[name] {
		g.known[name] = true
		g.inline = append(g.inline, constant{name, dataType, dims, raw})
	}
	return tensor{name, dims}
}

// weight adds a float initializer with values drawn uniformly around mean with standard deviation std. It counts no
// parameters: layers do, because a folded or expanded tensor has not the size that was trained.
func (g *graph) weight(mean, std float64, dims ...int) tensor {
	return tensor{g.weights.add(draw{float32(mean), float32(std)}, dims), dims}
}

// finish names x, of shape [1, classes], as the output.
func (g *graph) finish(x tensor) *graph {
	g.classes, g.logits = x.shape[1], x.name
	g.nodes = append(g.nodes, nodeProto("Identity", OutputName, []string{x.name}, []string{OutputName}, nil))
	return g
}

// encode returns the ModelProto whose weights lie in weightsFile, a file name in the same folder. With half
// it computes in float16, see half.go.
func (g *graph) encode(name, weightsFile string, half bool) []byte {
	nodes, suffix, element := g.nodes, "", int64(dataTypeFloat)
	if half {
		nodes, suffix, element = g.halfNodes(), storedSuffix, dataTypeFloat16
	}
	var b []byte
	for _, n := range nodes {
		b = appendBytes(b, 1, n)
	}
	b = appendString(b, 2, name)
	for _, t := range append(g.constants(suffix), g.weights.encode(weightsFile, suffix)...) {
		b = appendBytes(b, 5, t)
	}
	b = appendBytes(b, 11, batchedValue(InputName, element, g.input...))
	b = appendBytes(b, 12, batchedValue(OutputName, dataTypeFloat, g.classes))

	m := appendInt(nil, 1, irVersion)
	m = appendString(m, 2, "vsim")
	m = appendBytes(m, 7, b)
	return appendBytes(m, 8, appendInt(appendString(nil, 1, ""), 2, opsetVersion))
}

// constants encodes the inline constants, the names of the float ones with a suffix.
func (g *graph) constants(suffix string) (out [][]byte) {
	for _, c := range g.inline {
		if c.dataType == dataTypeFloat {
			c.name += suffix
		}
		out = append(out, inlineTensor(c.name, c.dataType, c.dims, c.raw))
	}
	return out
}

// product is the number of elements of a shape.
func product(dims []int) int64 {
	n := int64(1)
	for _, d := range dims {
		n *= int64(d)
	}
	return n
}
