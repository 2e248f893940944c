package oip

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"strconv"
	"unicode/utf8"
)

// datatype is how elements of one type are written in raw contents and in JSON. A nil function is that of a type without JSON.
type datatype struct {
	size   int // bytes of an element; 0 where elements have lengths of their own
	parse  func(raw []byte, token string) ([]byte, error)
	format func(text, element []byte) ([]byte, error)
}

// datatypes are those of the protocol. FP16 and BF16 have no JSON, in Triton neither.
var datatypes = map[string]*datatype{
	"BOOL":   {1, parseBool, formatBool},
	"UINT8":  {1, parseUint(1), formatUint},
	"UINT16": {2, parseUint(2), formatUint},
	"UINT32": {4, parseUint(4), formatUint},
	"UINT64": {8, parseUint(8), formatUint},
	"INT8":   {1, parseInt(1), formatInt},
	"INT16":  {2, parseInt(2), formatInt},
	"INT32":  {4, parseInt(4), formatInt},
	"INT64":  {8, parseInt(8), formatInt},
	"FP16":   {2, nil, nil},
	"BF16":   {2, nil, nil},
	"FP32":   {4, parseFloat(4), formatFloat},
	"FP64":   {8, parseFloat(8), formatFloat},
	"BYTES":  {0, parseString, formatString},
}

// Elements is the number of elements of a tensor. It errs for a shape with a negative dimension and for one whose elements cannot
// be counted.
func Elements(shape []int64) (int64, error) {
	n := int64(1)
	for _, d := range shape {
		if d < 0 {
			return 0, invalid("shape %v has a negative dimension", shape)
		}
		if d > 0 && n > math.MaxInt64/8/d {
			return 0, invalid("shape %v has more elements than memory has bytes", shape)
		}
		n *= d
	}
	return n, nil
}

// CheckRaw errs unless raw contents are those of a tensor of that datatype and shape.
func CheckRaw(name, typeName string, shape []int64, raw []byte) error {
	n, err := Elements(shape)
	if err != nil {
		return err
	}
	t := datatypes[typeName]
	if t == nil {
		return invalid("tensor %q has datatype %q, which the protocol does not know", name, typeName)
	}
	got := int64(len(raw))
	if t.size == 0 {
		elements, err := countBytes(raw)
		if err != nil {
			return invalid("tensor %q: %v", name, err)
		}
		if elements != n {
			return invalid("tensor %q has %d elements, but shape %v", name, elements, shape)
		}
		return nil
	}
	if got != n*int64(t.size) {
		return invalid("tensor %q has %d bytes, but %s of shape %v has %d", name, got, typeName, shape, n*int64(t.size))
	}
	return nil
}

// parseData turns a tensor's "data", valid JSON, into raw contents. Arrays are flattened, however they are nested.
func parseData(name, typeName string, shape []int64, data []byte) ([]byte, error) {
	t := datatypes[typeName]
	switch {
	case t == nil:
		return nil, invalid("tensor %q has datatype %q, which the protocol does not know", name, typeName)
	case t.parse == nil:
		return nil, invalid("tensor %q of datatype %s cannot be given in JSON: send it as binary data", name, typeName)
	}
	var raw []byte
	for s := (scanner{data}); ; {
		token := s.next()
		if token == "" {
			break
		}
		var err error
		if raw, err = t.parse(raw, token); err != nil {
			return nil, invalid("tensor %q: %.40s is not of datatype %s", name, token, typeName)
		}
	}
	return raw, CheckRaw(name, typeName, shape, raw)
}

// appendData appends raw contents as the array of a tensor's "data".
func appendData(text []byte, name, typeName string, raw []byte) ([]byte, error) {
	t := datatypes[typeName]
	if t == nil || t.format == nil {
		return nil, invalid("tensor %q of datatype %s cannot be sent as JSON: ask for binary data", name, typeName)
	}
	text = append(text, '[')
	for i := 0; len(raw) > 0; i++ {
		if i > 0 {
			text = append(text, ',')
		}
		n, skip := t.size, 0
		if n == 0 {
			skip, n = 4, 4+int(binary.LittleEndian.Uint32(raw)) // checked by CheckRaw
		}
		var err error
		if text, err = t.format(text, raw[skip:n]); err != nil {
			return nil, invalid("tensor %q: element %d cannot be sent as JSON: ask for binary data", name, i)
		}
		raw = raw[n:]
	}
	return append(text, ']'), nil
}

// appendWord appends the lowest bytes of a word.
func appendWord(raw []byte, word uint64, size int) []byte {
	for range size {
		raw, word = append(raw, byte(word)), word>>8
	}
	return raw
}

// word is the element of at most eight bytes.
func word(element []byte) (w uint64) {
	for i, b := range element {
		w |= uint64(b) << (8 * i)
	}
	return w
}

func parseBool(raw []byte, token string) ([]byte, error) {
	switch token {
	case "true":
		return append(raw, 1), nil
	case "false":
		return append(raw, 0), nil
	}
	return nil, strconv.ErrSyntax
}

func formatBool(text, element []byte) ([]byte, error) {
	return strconv.AppendBool(text, element[0] != 0), nil
}

func parseUint(size int) func([]byte, string) ([]byte, error) {
	return func(raw []byte, token string) ([]byte, error) {
		w, err := strconv.ParseUint(token, 10, 8*size)
		return appendWord(raw, w, size), err
	}
}

func formatUint(text, element []byte) ([]byte, error) {
	return strconv.AppendUint(text, word(element), 10), nil
}

func parseInt(size int) func([]byte, string) ([]byte, error) {
	return func(raw []byte, token string) ([]byte, error) {
		w, err := strconv.ParseInt(token, 10, 8*size)
		return appendWord(raw, uint64(w), size), err
	}
}

func formatInt(text, element []byte) ([]byte, error) {
	unused := 64 - 8*len(element) // shifted in from the left, and out again with the sign
	return strconv.AppendInt(text, int64(word(element)<<unused)>>unused, 10), nil
}

func parseFloat(size int) func([]byte, string) ([]byte, error) {
	return func(raw []byte, token string) ([]byte, error) {
		if token[0] != '-' && (token[0] < '0' || token[0] > '9') {
			return nil, strconv.ErrSyntax // a word or a string: JSON has no other numbers
		}
		f, err := strconv.ParseFloat(token, 8*size)
		if size == 4 {
			return appendWord(raw, uint64(math.Float32bits(float32(f))), 4), err
		}
		return appendWord(raw, math.Float64bits(f), 8), err
	}
}

func formatFloat(text, element []byte) ([]byte, error) {
	f := math.Float64frombits(word(element))
	if len(element) == 4 {
		f = float64(math.Float32frombits(uint32(word(element))))
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, strconv.ErrRange // JSON has no such numbers
	}
	return strconv.AppendFloat(text, f, 'g', -1, 8*len(element)), nil
}

func parseString(raw []byte, token string) ([]byte, error) {
	var s string
	if token[0] != '"' {
		return nil, strconv.ErrSyntax
	}
	if err := json.Unmarshal([]byte(token), &s); err != nil {
		return nil, err
	}
	return AppendBytes(raw, []byte(s)), nil
}

func formatString(text, element []byte) ([]byte, error) {
	if !utf8.Valid(element) {
		return nil, strconv.ErrSyntax
	}
	quoted, err := json.Marshal(string(element))
	return append(text, quoted...), err
}

// scanner goes through valid JSON without objects.
type scanner struct{ rest []byte }

// next gives the next number, word or quoted string, and "" at the end. Brackets and commas are passed over.
func (s *scanner) next() string {
	start := 0
	for start < len(s.rest) && separates(s.rest[start]) {
		start++
	}
	end := start
	if end < len(s.rest) && s.rest[end] == '"' {
		for end++; s.rest[end] != '"'; end++ {
			if s.rest[end] == '\\' {
				end++
			}
		}
		end++
	} else {
		for end < len(s.rest) && !separates(s.rest[end]) {
			end++
		}
	}
	token := s.rest[start:end]
	s.rest = s.rest[end:]
	return string(token)
}

// separates says that a byte stands between values.
func separates(b byte) bool {
	switch b {
	case '[', ']', ',', ' ', '\t', '\n', '\r':
		return true
	}
	return false
}
