package fakegpu

import (
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"vsim/profile/device/tensor"
)

// Model writes a network that is quick even on a CPU, and gives its path: the answers are the means of the
// three colours of a 224x224 picture (onnx.proto, IR version 8, opset 17).
func Model(t testing.TB) string {
	t.Helper()
	return write(t, "tiny.onnx", tensor.Float32)
}

// HalfModel is the same of a picture in float16.
func HalfModel(t testing.TB) string {
	t.Helper()
	return write(t, "tiny-fp16.onnx", tensor.Float16)
}

// FixedModel is Model with a batch that its file fixes at 1.
func FixedModel(t testing.TB) string {
	t.Helper()
	graph := block(nil, 1, node("GlobalAveragePool", "input", "mean"))
	graph = block(graph, 1, node("Flatten", "mean", "logits"))
	graph = block(graph, 2, []byte("fixed"))
	graph = block(graph, 11, fixed("input", 1, 3, 224, 224))
	return save(t, "fixed.onnx", block(graph, 12, fixed("logits", 1, 3)))
}

// RowsModel gives the places of the values that are not 0: as many rows as the picture has such, whatever the batch.
func RowsModel(t testing.TB) string {
	t.Helper()
	graph := block(nil, 1, node("NonZero", "input", "places"))
	graph = block(graph, 1, node("Transpose", "places", "rows"))
	graph = block(graph, 2, []byte("rows"))
	graph = block(graph, 11, value("input", tensor.Float32, 3, 4, 4))
	return save(t, "rows.onnx", block(graph, 12, value("rows", 7, 4)))
}

func write(t testing.TB, name string, input tensor.Element) string {
	t.Helper()
	cast := block(node("Cast", "input", "single"), 5, attribute("to", uint64(tensor.Float32)))
	graph := block(nil, 1, cast)
	graph = block(graph, 1, node("GlobalAveragePool", "single", "mean"))
	graph = block(graph, 1, node("Flatten", "mean", "logits"))
	graph = block(graph, 2, []byte("tiny"))
	graph = block(graph, 11, value("input", input, 3, 224, 224))
	return save(t, name, block(graph, 12, value("logits", tensor.Float32, 3)))
}

func save(t testing.TB, name string, graph []byte) string {
	t.Helper()
	model := number(nil, 1, 8)
	model = block(model, 7, graph)
	model = block(model, 8, number(nil, 2, 17))
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, model, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func block(b []byte, field protowire.Number, body []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), body)
}

func number(b []byte, field protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), v)
}

func node(op, in, out string) []byte {
	return block(block(block(nil, 1, []byte(in)), 2, []byte(out)), 4, []byte(op))
}

// attribute is an integer of a node.
func attribute(name string, v uint64) []byte {
	return number(number(block(nil, 1, []byte(name)), 3, v), 20, 2)
}

// value is a tensor whose first axis, the batch, is free.
func value(name string, element tensor.Element, dims ...uint64) []byte {
	shape := block(nil, 1, block(nil, 2, []byte("N")))
	for _, d := range dims {
		shape = block(shape, 1, number(nil, 1, d))
	}
	described := block(number(nil, 1, uint64(element)), 2, shape)
	return block(block(nil, 1, []byte(name)), 2, block(nil, 1, described))
}

// fixed is a float32 tensor of a fixed shape.
func fixed(name string, dims ...uint64) []byte {
	var shape []byte
	for _, d := range dims {
		shape = block(shape, 1, number(nil, 1, d))
	}
	described := block(number(nil, 1, uint64(tensor.Float32)), 2, shape)
	return block(block(nil, 1, []byte(name)), 2, block(nil, 1, described))
}
