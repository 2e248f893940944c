package model

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strconv"
)

// draw is a uniform distribution with the given mean and standard deviation.
type draw struct{ mean, std float32 }

// weights lays out the weight file of a graph: one block of numbers for each distribution, in which each tensor begins
// a page after the one before and overlaps it. So every tensor has its scale, no two are equal, and ViT-B/16 needs a
// 20 MB file instead of 346 MB. Equal tensors would cost nothing extra in memory, for ONNX Runtime keeps one packed
// copy of weights with the same content (seen in 1.29: 75 MB resident for ViT-B/16 instead of 378 MB).
type weights struct {
	tensors []weightTensor
	blocks  []block
	index   map[draw]int
}

type weightTensor struct {
	name  string
	dims  []int
	block int
	start int64 // bytes from the beginning of the block
}

type block struct {
	draw    draw
	tensors int64
	floats  int64
}

// pageBytes is the alignment that the ONNX external-data format asks for, so that a runtime may map a tensor.
const pageBytes = 4096

func (w *weights) add(d draw, dims []int) string {
	if w.index == nil {
		w.index = map[draw]int{}
	}
	i, ok := w.index[d]
	if !ok {
		i = len(w.blocks)
		w.index[d] = i
		w.blocks = append(w.blocks, block{draw: d})
	}
	b := &w.blocks[i]
	t := weightTensor{fmt.Sprintf("weight_%d", len(w.tensors)), dims, i, b.tensors * pageBytes}
	b.tensors++
	b.floats = max(b.floats, t.start/4+product(dims))
	w.tensors = append(w.tensors, t)
	return t.name
}

// offsets returns where each block begins, and the length of the file, in bytes.
func (w *weights) offsets() (starts []int64, sizeBytes int64) {
	for _, b := range w.blocks {
		starts = append(starts, sizeBytes)
		sizeBytes += (4*b.floats + pageBytes - 1) / pageBytes * pageBytes
	}
	return starts, sizeBytes
}

// encode returns a TensorProto for each tensor, its name with a suffix, with its place in file.
func (w *weights) encode(file, suffix string) [][]byte {
	starts, _ := w.offsets()
	var out [][]byte
	for _, t := range w.tensors {
		out = append(out, externalTensor(t.name+suffix, t.dims, [][2]string{
			{"location", file},
			{"offset", strconv.FormatInt(starts[t.block]+t.start, 10)},
			{"length", strconv.FormatInt(4*product(t.dims), 10)},
		}))
	}
	return out
}

// write writes the blocks: float32, little endian, each block from its own random stream of seed, padded with zeros.
func (w *weights) write(out io.Writer, seed uint64) error {
	bw := bufio.NewWriterSize(out, 1<<16)
	for i, b := range w.blocks {
		fill(bw, rand.NewPCG(seed, uint64(i)), b)
		for pad := (pageBytes - 4*b.floats%pageBytes) % pageBytes; pad > 0; pad-- {
			bw.WriteByte(0)
		}
	}
	return bw.Flush() // a bufio.Writer keeps its first error
}

// fill draws the floats of one block from 24-bit integers. The odd numerator keeps the smallest step from zero at
// 2^-24 of the range, far from denormals; the explicit float32 conversions forbid a fused multiply-add, which would
// make the bytes differ between architectures.
func fill(bw *bufio.Writer, rng *rand.PCG, b block) {
	half := float32(math.Sqrt(3)) * b.draw.std // a uniform on [-h, h] has standard deviation h/sqrt(3)
	var buf [4]byte
	for i := int64(0); i < b.floats; i++ {
		unit := float32(int64(rng.Uint64()>>40)*2+1-1<<24) / (1 << 24) // (-1, 1)
		v := b.draw.mean + float32(half*unit)
		binary.LittleEndian.PutUint32(buf[:], math.Float32bits(v))
		bw.Write(buf[:])
	}
}
