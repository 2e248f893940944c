package fakegpu

import (
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// Model writes a network that is quick even on a CPU, and gives its path: the answers are the means of the
// three colours of a 224x224 picture (onnx.proto, IR version 8, opset 17).
func Model(t testing.TB) string {
	t.Helper()
	graph := block(nil, 1, node("GlobalAveragePool", "input", "mean"))
	graph = block(graph, 1, node("Flatten", "mean", "logits"))
	graph = block(graph, 2, []byte("tiny"))
	graph = block(graph, 11, value("input", 3, 224, 224))
	graph = block(graph, 12, value("logits", 3))
	model := number(nil, 1, 8)
	model = block(model, 7, graph)
	model = block(model, 8, number(nil, 2, 17))
	path := filepath.Join(t.TempDir(), "tiny.onnx")
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

// value is a float32 tensor whose first axis, the batch, is free.
func value(name string, dims ...uint64) []byte {
	shape := block(nil, 1, block(nil, 2, []byte("N")))
	for _, d := range dims {
		shape = block(shape, 1, number(nil, 1, d))
	}
	tensor := block(number(nil, 1, 1), 2, shape)
	return block(block(nil, 1, []byte(name)), 2, block(nil, 1, tensor))
}
