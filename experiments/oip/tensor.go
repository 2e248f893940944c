package oip

import (
	"encoding/binary"
	"fmt"
)

// AppendBytes appends an element of datatype BYTES to raw contents: its length in four bytes, little-endian, and itself.
func AppendBytes(raw, element []byte) []byte {
	raw = binary.LittleEndian.AppendUint32(raw, uint32(len(element)))
	return append(raw, element...)
}

// Bytes takes raw contents of datatype BYTES apart, without copying.
func Bytes(raw []byte) (elements [][]byte, err error) {
	for len(raw) > 0 {
		if len(raw) < 4 || uint64(binary.LittleEndian.Uint32(raw)) > uint64(len(raw)-4) {
			return nil, fmt.Errorf("contents of datatype BYTES end within element %d", len(elements))
		}
		n := 4 + int(binary.LittleEndian.Uint32(raw))
		elements, raw = append(elements, raw[4:n:n]), raw[n:]
	}
	return elements, nil
}

// countBytes counts the elements of raw contents of datatype BYTES.
func countBytes(raw []byte) (n int64, err error) {
	for ; len(raw) > 0; n++ {
		if len(raw) < 4 || uint64(binary.LittleEndian.Uint32(raw)) > uint64(len(raw)-4) {
			return 0, fmt.Errorf("contents of datatype BYTES end within element %d", n)
		}
		raw = raw[4+int(binary.LittleEndian.Uint32(raw)):]
	}
	return n, nil
}
