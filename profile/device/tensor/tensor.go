// Package tensor holds what a model reads of pictures, in the model's own type of number: whoever makes a tensor makes it
// in that type, so that nobody converts it on its way to the model.
package tensor

import (
	"unsafe"

	"github.com/x448/float16"
)

// Element is the type of a tensor's values (ONNXTensorElementDataType).
type Element int32

// The element types that models are served in.
const (
	Float32 Element = 1
	Float16 Element = 10
)

// SizeBytes is the size of one value; 0 for other types.
func (e Element) SizeBytes() int {
	return map[Element]int{Float32: 4, Float16: 2}[e]
}

// Shape is what a model reads of one picture: a plane for red, one for green and one for blue.
type Shape struct {
	Width, Height int // pixels
	Element       Element
}

// Len is its number of values.
func (s Shape) Len() int { return 3 * s.Width * s.Height }

// SizeBytes is its size.
func (s Shape) SizeBytes() int { return s.Len() * s.Element.SizeBytes() }

// New makes a tensor of one picture.
func (s Shape) New() Tensor { return Make(s.Element, s.Len()) }

// Tensor is the values of one picture or more, in the order picture, channel, row, column. One of the two is there.
type Tensor struct {
	Single []float32
	Half   []float16.Float16
}

// Make makes a tensor of n values.
func Make(e Element, n int) Tensor {
	if e == Float16 {
		return Tensor{Half: make([]float16.Float16, n)}
	}
	return Tensor{Single: make([]float32, n)}
}

// Element is the type of its values.
func (t Tensor) Element() Element {
	if t.Half != nil {
		return Float16
	}
	return Float32
}

// Len is its number of values.
func (t Tensor) Len() int { return len(t.Single) + len(t.Half) }

// Bytes gives its memory.
func (t Tensor) Bytes() []byte {
	n := t.Len() * t.Element().SizeBytes()
	if t.Half != nil {
		return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(t.Half))), n)
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(t.Single))), n)
}

// Float32s gives its values as float32: its own memory where they are, else converted, for comparing.
func (t Tensor) Float32s() []float32 {
	if t.Half == nil {
		return t.Single
	}
	out := make([]float32, len(t.Half))
	for k, v := range t.Half {
		out[k] = v.Float32()
	}
	return out
}
