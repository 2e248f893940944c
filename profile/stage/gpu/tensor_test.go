package gpu_test

import (
	"encoding/binary"
	"math"

	"github.com/x448/float16"
)

// decodeTensor reads n values of float32 or float16, whichever the bytes hold.
func decodeTensor(raw []byte, n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		if len(raw) == 4*n {
			out[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		} else {
			out[i] = float16.Frombits(binary.LittleEndian.Uint16(raw[2*i:])).Float32()
		}
	}
	return out
}
