package oip

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Bounds of a body's JSON: few bytes of lists and objects would else become far more in memory. The elements of tensors have
// none but that of the body.
const (
	mostParts      = 4096     // keys, tensors and parameters of a body
	shapeText      = 1 << 10  // bytes of a shape
	parametersText = 64 << 10 // bytes of the parameters of a body or of a tensor
)

// shape is that of a tensor.
type shape []int64

// UnmarshalJSON reads a list of numbers.
func (s *shape) UnmarshalJSON(text []byte) error {
	if len(text) > shapeText {
		return fmt.Errorf("a shape has %d bytes, and at most %d are read", len(text), shapeText)
	}
	return json.Unmarshal(text, (*[]int64)(s))
}

// UnmarshalJSON reads an object, its numbers as they are written.
func (p *parameters) UnmarshalJSON(text []byte) error {
	if len(text) > parametersText {
		return fmt.Errorf("parameters have %d bytes, and at most %d are read", len(text), parametersText)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode((*map[string]any)(p))
}

// bounded errs for a body with too many parts: commas in the body, in a list of tensors, or in a tensor, but not in its lists.
func bounded(text []byte) error {
	const tensor = 3 // brackets around what a tensor has: body, list, tensor
	depth, parts, quoted := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[', c == '{':
			depth++
		case c == ']', c == '}':
			depth--
		case c == ',' && depth <= tensor:
			if parts++; parts > mostParts {
				return invalid("the body's JSON has more parts (keys, tensors, parameters) than %d, and at most so many are read", mostParts)
			}
		}
	}
	return nil
}
