package model

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// InputName names the one input of every graph in the catalogue; the output's name is its Task's.
const InputName = "input" // float32 [N, C, H, W]; float16 in FP16 graphs

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
	task    Task
	classes int
	output  tensor // the value that becomes the output
	params  int64  // as trained and published: BatchNorm still apart from its convolution
	macs    int64  // of convolutions and matrix products, for one image
}

// constant is a small tensor whose values (little endian) stand in the graph itself.
type constant struct {
	name     string
	dataType int64
	dims     []int
	raw      []byte
	exact    bool // float32 in an FP16 graph, too, as Resize wants its scales
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

// floats returns a float constant of shape dims, which is known by its name.
func (g *graph) floats(name string, vs []float32, dims ...int) tensor {
	return g.constant(name, dataTypeFloat, dims, littleEndian(vs))
}

// scales returns the constant that Resize wants: by how much each axis grows.
func (g *graph) scales(vs ...float32) tensor {
	name := fmt.Sprint("scales_", vs)
	t := g.constant(name, dataTypeFloat, []int{len(vs)}, littleEndian(vs))
	g.inline[slices.IndexFunc(g.inline, func(c constant) bool { return c.name == name })].exact = true
	return t
}

func littleEndian(vs []float32) (raw []byte) {
	for _, v := range vs {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return raw
}

func (g *graph) constant(name string, dataType int64, dims []int, raw []byte) tensor {
	if !g.known[name] {
		g.known[name] = true
		g.inline = append(g.inline, constant{name: name, dataType: dataType, dims: dims, raw: raw})
	}
	return tensor{name, dims}
}

// weight adds a float initializer with values drawn uniformly around mean with standard deviation std. It counts no
// parameters: layers do, because a folded or expanded tensor has not the size that was trained.
func (g *graph) weight(mean, std float64, dims ...int) tensor {
	return tensor{g.weights.add(draw{float32(mean), float32(std)}, dims), dims}
}

// finish names x, of shape [1, ...], as the output of a network for task, which tells so many classes apart.
func (g *graph) finish(task Task, classes int, x tensor) *graph {
	g.task, g.classes, g.output = task, classes, x
	g.nodes = append(g.nodes, nodeProto("Identity", task.OutputName(), []string{x.name}, []string{task.OutputName()}, nil))
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
	b = appendBytes(b, 12, batchedValue(g.task.OutputName(), dataTypeFloat, g.output.shape[1:]...))

	m := appendInt(nil, 1, irVersion)
	m = appendString(m, 2, "vsim")
	m = appendBytes(m, 7, b)
	return appendBytes(m, 8, appendInt(appendString(nil, 1, ""), 2, opsetVersion))
}

// constants encodes the inline constants, the names of those that an FP16 graph casts with a suffix.
func (g *graph) constants(suffix string) (out [][]byte) {
	for _, c := range g.inline {
		if c.isCast() {
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
