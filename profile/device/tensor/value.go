package tensor

import (
	"fmt"
	"strings"
)

// Value describes an input or an output of a model. A dimension below 1 is free.
type Value struct {
	Name    string
	Element Element // 0: no tensor
	Shape   []int64
}

// At is the value's shape with a batch size in the place of the first dimension.
func (v Value) At(batch int) []int64 {
	shape := append([]int64(nil), v.Shape...)
	if len(shape) > 0 {
		shape[0] = int64(batch)
	}
	return shape
}

// SizeBytes is the size of the value for a batch; only the first dimension may be free.
func (v Value) SizeBytes(batch int) int {
	return Count(v.At(batch)) * v.Element.SizeBytes()
}

// Count is the number of values of a shape.
func Count(shape []int64) int {
	n := 1
	for _, d := range shape {
		n *= int(d)
	}
	return n
}

// OfBatch tells whether the value's size follows from the batch's alone: its first dimension is free or the batch, the
// others are fixed.
func (v Value) OfBatch(batch int) bool {
	if len(v.Shape) < 2 || v.Shape[0] > 0 && v.Shape[0] != int64(batch) {
		return false
	}
	for _, d := range v.Shape[1:] {
		if d <= 0 {
			return false
		}
	}
	return true
}

// String is for example "images float32 [N,3,224,224]", N being any free dimension.
func (v Value) String() string {
	if v.Element == 0 {
		return v.Name + " (no tensor)"
	}
	dims := make([]string, len(v.Shape))
	for i, d := range v.Shape {
		if dims[i] = "N"; d > 0 {
			dims[i] = fmt.Sprint(d)
		}
	}
	return fmt.Sprintf("%s %v [%s]", v.Name, v.Element, strings.Join(dims, ","))
}

// Describe lists values.
func Describe(values []Value) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = v.String()
	}
	return strings.Join(texts, "; ")
}
