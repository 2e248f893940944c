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

// weights lays out the weight file of a graph. All tensors with the same distribution begin at the same offset and
// share bytes: the file holds one block a distribution, as long as its largest tensor. That keeps the right scale
// for every tensor and makes ViT-B/16 a 19 MB file instead of 346 MB. The time of an inference does not depend on
// the values, and a runtime that packs weights makes its own copy for each tensor, so sharing does not flatter caches.
type weights struct {
	tensors []weightTensor
	blocks  []block
	index   map[draw]int
}

type weightTensor struct {
	name  string
	dims  []int
	block int
}

type block struct {
	draw   draw
	floats int64
}

// blockAlign is the page size that the ONNX external-data format asks for, so that a runtime may map a tensor.
const blockAlign = 4096

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
	w.blocks[i].floats = max(w.blocks[i].floats, product(dims))
	t := weightTensor{fmt.Sprintf("weight_%d", len(w.tensors)), dims, i}
	w.tensors = append(w.tensors, t)
	return t.name
}

// offsets returns where each block begins, and the length of the file, in bytes.
func (w *weights) offsets() (starts []int64, sizeBytes int64) {
	for _, b := range w.blocks {
		starts = append(starts, sizeBytes)
		sizeBytes += (4*b.floats + blockAlign - 1) / blockAlign * blockAlign
	}
	return starts, sizeBytes
}

// encode returns a TensorProto for each tensor, with its place in file.
func (w *weights) encode(file string) [][]byte {
	starts, _ := w.offsets()
	var out [][]byte
	for _, t := range w.tensors {
		out = append(out, externalTensor(t.name, t.dims, [][2]string{
			{"location", file},
			{"offset", strconv.FormatInt(starts[t.block], 10)},
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
		for pad := (blockAlign - 4*b.floats%blockAlign) % blockAlign; pad > 0; pad-- {
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
