package front

import (
	"encoding/binary"
	"math"

	"vsim/experiments/oip"
	"vsim/experiments/oip/wire"
)

// rawOf gives the raw contents of an input, made of its typed contents where it has those.
func rawOf(sent *wire.ModelInferRequest, i int) ([]byte, error) {
	in := sent.Inputs[i]
	if len(sent.RawInputContents) == 0 {
		return typed(in)
	}
	if in.Contents != nil {
		return nil, broken("input %q has contents and raw contents: give one", in.Name)
	}
	return sent.RawInputContents[i], nil
}

// typed gives the raw contents that an input's typed contents mean.
func typed(in *wire.ModelInferRequest_InferInputTensor) ([]byte, error) {
	c := in.GetContents()
	switch in.Datatype {
	case "BOOL":
		return packed(in, "bool_contents", 1, c.GetBoolContents(), func(b bool) uint64 {
			if b {
				return 1
			}
			return 0
		})
	case "INT8", "INT16", "INT32":
		width := widths[in.Datatype]
		if err := within(in, c.GetIntContents(), math.MinInt32>>(32-8*width), math.MaxInt32>>(32-8*width)); err != nil {
			return nil, err
		}
		return packed(in, "int_contents", width, c.GetIntContents(), func(v int32) uint64 { return uint64(v) })
	case "INT64":
		return packed(in, "int64_contents", 8, c.GetInt64Contents(), func(v int64) uint64 { return uint64(v) })
	case "UINT8", "UINT16", "UINT32":
		width := widths[in.Datatype]
		if err := within(in, c.GetUintContents(), 0, math.MaxUint32>>(32-8*width)); err != nil {
			return nil, err
		}
		return packed(in, "uint_contents", width, c.GetUintContents(), func(v uint32) uint64 { return uint64(v) })
	case "UINT64":
		return packed(in, "uint64_contents", 8, c.GetUint64Contents(), func(v uint64) uint64 { return v })
	case "FP32":
		return packed(in, "fp32_contents", 4, c.GetFp32Contents(), func(v float32) uint64 { return uint64(math.Float32bits(v)) })
	case "FP64":
		return packed(in, "fp64_contents", 8, c.GetFp64Contents(), math.Float64bits)
	case "BYTES":
		var raw []byte
		for _, element := range c.GetBytesContents() {
			raw = oip.AppendBytes(raw, element)
		}
		return raw, counted(in, "bytes_contents", len(c.GetBytesContents()))
	}
	return nil, broken("input %q of datatype %s has no raw contents: give it so", in.Name, in.Datatype)
}

// widths are the bytes of an element, of datatypes that share a field of contents.
var widths = map[string]int{"INT8": 1, "INT16": 2, "INT32": 4, "UINT8": 1, "UINT16": 2, "UINT32": 4}

// packed writes each element as the lowest bytes of a word.
func packed[T any](in *wire.ModelInferRequest_InferInputTensor, field string, width int, elements []T, word func(T) uint64) ([]byte, error) {
	if err := counted(in, field, len(elements)); err != nil {
		return nil, err
	}
	raw := make([]byte, 0, width*len(elements))
	for _, e := range elements {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], word(e))
		raw = append(raw, b[:width]...)
	}
	return raw, nil
}

// counted errs unless there are as many elements as the shape says.
func counted(in *wire.ModelInferRequest_InferInputTensor, field string, found int) error {
	want, err := oip.Elements(in.Shape)
	if err == nil && int64(found) != want {
		err = broken("input %q has %d elements in %s, but shape %s", in.Name, found, field, brief(in.Shape))
	}
	return err
}

// within errs unless all elements are numbers of the datatype.
func within[T int32 | uint32](in *wire.ModelInferRequest_InferInputTensor, elements []T, lowest, highest T) error {
	for _, e := range elements {
		if e < lowest || e > highest {
			return broken("input %q has an element %d: %s goes from %d to %d", in.Name, e, in.Datatype, lowest, highest)
		}
	}
	return nil
}
