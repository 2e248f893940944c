// Package tensor holds what a model reads of pictures, in the model's own type of number: whoever makes a tensor makes it
// in that type, so that nobody converts it on its way to the model.
package tensor

import (
	"cmp"
	"fmt"
	"unsafe"

	"github.com/x448/float16"
)

// Element is the type of a tensor's values (ONNXTensorElementDataType).
type Element int32

// The element types that models are served in.
const (
	Float32 Element = 1
	Uint8   Element = 2
	Float16 Element = 10
)

// elements are the numbers of onnx.proto's TensorProto.DataType; a text is not one of them.
var elements = map[Element]struct {
	name      string
	sizeBytes int
}{
	Float32: {"float32", 4}, Uint8: {"uint8", 1}, Float16: {"float16", 2},
	3: {"int8", 1}, 4: {"uint16", 2}, 5: {"int16", 2}, 6: {"int32", 4}, 7: {"int64", 8}, 9: {"bool", 1},
	11: {"float64", 8}, 12: {"uint32", 4}, 13: {"uint64", 8}, 16: {"bfloat16", 2},
}

// SizeBytes is the size of one value; 0 for other types.
func (e Element) SizeBytes() int { return elements[e].sizeBytes }

func (e Element) String() string {
	if known, ok := elements[e]; ok {
		return known.name
	}
	return fmt.Sprintf("type %d", int32(e))
}

// Layout is the order of a tensor's axes.
type Layout string

// The layouts: a plane for each colour, or each pixel's colours together.
const (
	NCHW Layout = "NCHW"
	NHWC Layout = "NHWC"
)

// Shape is what a model reads of one picture, three colours a pixel.
type Shape struct {
	Width, Height int // pixels
	Element       Element
	Layout        Layout // "" is NCHW
}

func (s Shape) String() string {
	return fmt.Sprintf("%dx%d pixels in %v, %s", s.Width, s.Height, s.Element, cmp.Or(s.Layout, NCHW))
}

// Len is its number of values.
func (s Shape) Len() int { return 3 * s.Width * s.Height }

// SizeBytes is its size.
func (s Shape) SizeBytes() int { return s.Len() * s.Element.SizeBytes() }

// New makes a tensor of one picture.
func (s Shape) New() Tensor { return Make(s.Element, s.Len()) }

// Tensor is the values of one picture or more, one behind the other. One of the three is there.
type Tensor struct {
	Single []float32
	Half   []float16.Float16
	Byte   []uint8
}

// Make makes a tensor of n values.
func Make(e Element, n int) Tensor {
	switch e {
	case Float16:
		return Tensor{Half: make([]float16.Float16, n)}
	case Uint8:
		return Tensor{Byte: make([]uint8, n)}
	}
	return Tensor{Single: make([]float32, n)}
}

// Element is the type of its values.
func (t Tensor) Element() Element {
	switch {
	case t.Half != nil:
		return Float16
	case t.Byte != nil:
		return Uint8
	}
	return Float32
}

// Len is its number of values.
func (t Tensor) Len() int { return len(t.Single) + len(t.Half) + len(t.Byte) }

// Bytes gives its memory.
func (t Tensor) Bytes() []byte {
	n := t.Len() * t.Element().SizeBytes()
	switch {
	case t.Half != nil:
		return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(t.Half))), n)
	case t.Byte != nil:
		return t.Byte
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(t.Single))), n)
}

// Float32s gives its values as float32: its own memory where they are, else converted, for comparing.
func (t Tensor) Float32s() []float32 {
	if t.Single != nil {
		return t.Single
	}
	out := make([]float32, t.Len())
	for k, v := range t.Half {
		out[k] = v.Float32()
	}
	for k, v := range t.Byte {
		out[k] = float32(v)
	}
	return out
}

// Singles reads memory as float32 values.
func Singles(data []byte) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(data))), len(data)/4)
}
