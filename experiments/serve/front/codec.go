package front

import (
	"google.golang.org/grpc/encoding"
	protocodec "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"vsim/experiments/oip/wire"
)

// codec is gRPC's own, but for requests that would take far more memory as messages than they have bytes: an input without a
// field is two bytes on the wire and a hundred in memory.
type codec struct{ encoding.CodecV2 }

func newCodec() codec { return codec{encoding.GetCodecV2(protocodec.Name)} }

// Unmarshal reads a message.
func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	r, ok := v.(*wire.ModelInferRequest)
	if !ok {
		return c.CodecV2.Unmarshal(data, v)
	}
	b := data.MaterializeToBuffer(mem.DefaultBufferPool())
	defer b.Free()
	if err := modest(b.ReadOnlyData()); err != nil {
		return err
	}
	return proto.Unmarshal(b.ReadOnlyData(), r)
}

// How many fields a request may have on the wire, and how many each of its inputs and outputs; no more than shapeBytes of a shape.
const (
	mostFields = 1024
	shapeBytes = 1024
)

// Numbers of fields of ModelInferRequest, and of its inputs.
const (
	fieldInputs  = 5
	fieldOutputs = 6
	fieldShape   = 3
)

// modest errs for a request of too many fields. What is no message is left to proto.Unmarshal.
func modest(request []byte) error {
	return fields(request, func(number protowire.Number, tensor []byte) error {
		if number != fieldInputs && number != fieldOutputs {
			return nil
		}
		return fields(tensor, func(number protowire.Number, value []byte) error {
			if number == fieldShape && len(value) > shapeBytes {
				return broken("a tensor has a shape of %d bytes, and %d may be", len(value), shapeBytes)
			}
			return nil
		})
	})
}

// fields goes through the fields of a message; value is that of a field with a length.
func fields(message []byte, each func(number protowire.Number, value []byte) error) error {
	for n := 1; len(message) > 0; n++ {
		number, kind, length := protowire.ConsumeTag(message)
		if length < 0 {
			return nil
		}
		if n > mostFields {
			return broken("the request, or one of its tensors, has more than %d fields", mostFields)
		}
		var value []byte
		size := protowire.ConsumeFieldValue(number, kind, message[length:])
		if size < 0 {
			return nil
		}
		if kind == protowire.BytesType {
			value, _ = protowire.ConsumeBytes(message[length:])
		}
		if err := each(number, value); err != nil {
			return err
		}
		message = message[length+size:]
	}
	return nil
}
