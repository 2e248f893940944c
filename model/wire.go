package model

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// Field numbers and enum values are those of onnx.proto (ONNX IR version 8); the names here follow that file.

const (
	irVersion    = 8  // the IR version that belongs to opset 17
	opsetVersion = 17 // LayerNormalization appeared in 17

	dataTypeFloat   = 1  // TensorProto.DataType.FLOAT
	dataTypeInt64   = 7  // TensorProto.DataType.INT64
	dataTypeFloat16 = 10 // TensorProto.DataType.FLOAT16

	dataLocationExternal = 1 // TensorProto.DataLocation.EXTERNAL
)

func appendInt(b []byte, field protowire.Number, v int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), uint64(v))
}

func appendBytes(b []byte, field protowire.Number, v []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), v)
}

func appendString(b []byte, field protowire.Number, v string) []byte {
	return appendBytes(b, field, []byte(v))
}

// attr is one encoded AttributeProto.
type attr []byte

func attrInt(name string, v int) attr {
	const typeInt = 2
	b := appendInt(appendString(nil, 1, name), 3, int64(v))
	return appendInt(b, 20, typeInt)
}

func attrInts(name string, vs ...int) attr {
	const typeInts = 7
	b := appendString(nil, 1, name)
	for _, v := range vs {
		b = appendInt(b, 8, int64(v))
	}
	return appendInt(b, 20, typeInts)
}

func attrFloat(name string, v float32) attr {
	const typeFloat = 1
	b := appendString(nil, 1, name)
	b = protowire.AppendTag(b, 2, protowire.Fixed32Type)
	b = protowire.AppendFixed32(b, math.Float32bits(v))
	return appendInt(b, 20, typeFloat)
}

func attrString(name, v string) attr {
	const typeString = 3
	b := appendString(appendString(nil, 1, name), 4, v)
	return appendInt(b, 20, typeString)
}

// nodeProto encodes one operator.
func nodeProto(op, name string, inputs, outputs []string, attrs []attr) []byte {
	var b []byte
	for _, s := range inputs {
		b = appendString(b, 1, s)
	}
	for _, s := range outputs {
		b = appendString(b, 2, s)
	}
	b = appendString(b, 3, name)
	b = appendString(b, 4, op)
	for _, a := range attrs {
		b = appendBytes(b, 5, a)
	}
	return b
}

// inlineTensor encodes a TensorProto that carries its values (little endian) in the graph itself.
func inlineTensor(name string, dataType int64, dims []int, raw []byte) []byte {
	b := appendDims(nil, dims)
	b = appendInt(b, 2, dataType)
	b = appendString(b, 8, name)
	return appendBytes(b, 9, raw)
}

// externalTensor encodes a float TensorProto whose bytes lie in another file beside the graph.
func externalTensor(name string, dims []int, entries [][2]string) []byte {
	b := appendDims(nil, dims)
	b = appendInt(b, 2, dataTypeFloat)
	b = appendString(b, 8, name)
	for _, e := range entries {
		b = appendBytes(b, 13, appendString(appendString(nil, 1, e[0]), 2, e[1]))
	}
	return appendInt(b, 14, dataLocationExternal)
}

func appendDims(b []byte, dims []int) []byte {
	for _, d := range dims {
		b = appendInt(b, 1, int64(d))
	}
	return b
}

// batchedValue encodes the ValueInfoProto of a tensor [N, perImage...], N being free.
func batchedValue(name string, dataType int64, perImage ...int) []byte {
	shape := appendBytes(nil, 1, appendString(nil, 2, "N"))
	for _, d := range perImage {
		shape = appendBytes(shape, 1, appendInt(nil, 1, int64(d)))
	}
	tensorType := appendBytes(appendInt(nil, 1, dataType), 2, shape)
	return appendBytes(appendString(nil, 1, name), 2, appendBytes(nil, 1, tensorType))
}
