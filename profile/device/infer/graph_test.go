//go:build cgo

package infer

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// A small writer of ONNX files for tests (onnx.proto, IR version 8, opset 17). The field numbers
// are onnx.proto's.

const (
	float32Type = 1 // TensorProto.FLOAT
	uint8Type   = 2 // TensorProto.UINT8
	int64Type   = 7 // TensorProto.INT64
	boolType    = 9 // TensorProto.BOOL
)

func message(parts ...[]byte) []byte {
	var out []byte
	for _, part := range parts {
		out = append(out, part...)
	}
	return out
}

func integer(field protowire.Number, v int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, field, protowire.VarintType), uint64(v))
}

func text(field protowire.Number, s string) []byte { return block(field, []byte(s)) }

func block(field protowire.Number, body []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, field, protowire.BytesType), body)
}

// value is a ValueInfoProto; -1 is a dynamic axis.
func value(name string, element int64, dims ...int64) []byte {
	var shape []byte
	for _, dim := range dims {
		d := integer(1, dim)
		if dim < 0 {
			d = text(2, "batch")
		}
		shape = append(shape, block(1, d)...)
	}
	tensor := message(integer(1, element), block(2, shape))
	return message(text(1, name), block(2, block(1, tensor)))
}

func node(op string, inputs []string, output string) []byte {
	var out []byte
	for _, in := range inputs {
		out = append(out, text(1, in)...)
	}
	return message(out, text(2, output), text(4, op))
}

func weights(name string, dims []int64, values ...float32) []byte {
	var shape, raw []byte
	for _, dim := range dims {
		shape = append(shape, integer(1, dim)...)
	}
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return message(shape, integer(2, float32Type), text(8, name), block(9, raw))
}

func graphFile(nodes, initializers, inputs, outputs [][]byte) []byte {
	graph := text(2, "test")
	for _, n := range nodes {
		graph = append(graph, block(1, n)...)
	}
	for _, w := range initializers {
		graph = append(graph, block(5, w)...)
	}
	for _, v := range inputs {
		graph = append(graph, block(11, v)...)
	}
	for _, v := range outputs {
		graph = append(graph, block(12, v)...)
	}
	return message(integer(1, 8), block(7, graph), block(8, integer(2, 17)))
}

// meanModel gives two logits: the mean of red minus that of blue, and twice the mean of green.
func meanModel(inDims ...int64) []byte {
	return graphFile(
		[][]byte{
			node("GlobalAveragePool", []string{"x"}, "pooled"),
			node("Flatten", []string{"pooled"}, "flat"),
			node("Gemm", []string{"flat", "w"}, "y"),
		},
		[][]byte{weights("w", []int64{3, 2}, 1, 0, 0, 2, -1, 0)},
		[][]byte{value("x", float32Type, inDims...)},
		[][]byte{value("y", float32Type, inDims[0], 2)},
	)
}

// identity gives its input back.
func identity(element int64, dims ...int64) []byte {
	return graphFile([][]byte{node("Identity", []string{"x"}, "y")}, nil,
		[][]byte{value("x", element, dims...)}, [][]byte{value("y", element, dims...)})
}

func twoInputs() []byte {
	in := []int64{-1, 3, 4, 4}
	return graphFile([][]byte{node("Add", []string{"x", "z"}, "y")}, nil,
		[][]byte{value("x", float32Type, in...), value("z", float32Type, in...)},
		[][]byte{value("y", float32Type, in...)})
}

func save(t testing.TB, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.onnx")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// failing reshapes pictures of 48 values into rows of 5.
func failing() []byte {
	return graphFile([][]byte{node("Reshape", []string{"x", "shape"}, "y")}, [][]byte{initializer("shape", int64Type, []int64{2}, -1, 5)},
		[][]byte{value("x", float32Type, -1, 3, 4, 4)}, [][]byte{value("y", float32Type, -1, 5)})
}

// initializer is one of whole numbers.
func initializer(name string, element int64, dims []int64, values ...int64) []byte {
	var shape, raw []byte
	for _, dim := range dims {
		shape = append(shape, integer(1, dim)...)
	}
	for _, v := range values {
		if element == boolType {
			raw = append(raw, byte(v))
			continue
		}
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	return message(shape, integer(2, element), text(8, name), block(9, raw))
}

// looping runs an empty loop so many times and then gives the input back.
func looping(trips int64) []byte {
	body := message(text(2, "body"), block(1, node("Identity", []string{"go"}, "go_on")), block(1, node("Identity", []string{"v"}, "next")),
		block(11, value("i", int64Type)), block(11, value("go", boolType)), block(11, value("v", float32Type, -1, 3, 4, 4)),
		block(12, value("go_on", boolType)), block(12, value("next", float32Type, -1, 3, 4, 4)))
	loop := message(node("Loop", []string{"trips", "true", "x"}, "y"), block(5, message(text(1, "body"), block(6, body), integer(20, 5))))
	return graphFile([][]byte{loop},
		[][]byte{initializer("trips", int64Type, nil, trips), initializer("true", boolType, nil, 1)},
		[][]byte{value("x", float32Type, -1, 3, 4, 4)}, [][]byte{value("y", float32Type, -1, 3, 4, 4)})
}
