package tensor

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/x448/float16"
)

// A tensor's memory is as long as its shape says, and is that of its values.
func TestBytesAreTheValues(t *testing.T) {
	for element, size := range map[Element]int{Float32: 4, Float16: 2} {
		s := Shape{Width: 5, Height: 3, Element: element}
		x := s.New()
		if x.Element() != element || x.Len() != 45 || s.SizeBytes() != 45*size || len(x.Bytes()) != s.SizeBytes() {
			t.Fatalf("type %d: %d values of type %d in %d bytes", element, x.Len(), x.Element(), len(x.Bytes()))
		}
		if element == Float32 {
			binary.LittleEndian.PutUint32(x.Bytes()[44*size:], math.Float32bits(-1.5))
		} else {
			binary.LittleEndian.PutUint16(x.Bytes()[44*size:], float16.Fromfloat32(-1.5).Bits())
		}
		if got := x.Float32s(); len(got) != 45 || got[44] != -1.5 || got[43] != 0 {
			t.Errorf("type %d: %v", element, got)
		}
	}
}
