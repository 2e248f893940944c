package model

import (
	"bytes"
	"crypto/sha256"
	"fmt"
)

// weightsFormat changes when the same layout and seed would give other bytes; it goes into the digest of a weight file.
const weightsFormat = "vsim weights 1"

// Files is a network as two files: an ONNX graph and the weights that it refers to by the name of their file (ONNX
// external data), which belong into one folder. The bytes depend on name and seed alone.
type Files struct {
	Graph, Weights string // names: NETWORK[-fp16]-seedSEED.onnx and NETWORK-seedSEED.weights
	network        string
	half           bool
	seed           uint64
	g              *graph
}

// ONNX lays out the network called name with weights drawn from seed. A name with a precision (see SplitPrecision) gives
// its graph, on the same weights. The error for an unknown name lists the known ones and the nearest, if one is near.
func ONNX(name string, seed uint64) (*Files, error) {
	network, precision := SplitPrecision(name)
	i, err := find(network)
	if err != nil {
		return nil, err
	}
	f := &Files{Weights: fmt.Sprintf("%s-seed%d.weights", network, seed), network: network, seed: seed, half: precision == FP16}
	if f.half {
		f.network += "-" + string(FP16)
	}
	f.Graph = fmt.Sprintf("%s-seed%d.onnx", f.network, seed)
	f.g = entries[i].build(entries[i].input)
	return f, nil
}

// GraphBytes is the content of the graph's file.
func (f *Files) GraphBytes() []byte { return f.g.encode(f.network, f.Weights, f.half) }

// WeightsBytes is the content of the weights' file. It ends in its digest, where no tensor points, so that a file and
// its proof cannot be separated.
func (f *Files) WeightsBytes() []byte {
	var b bytes.Buffer
	_, dataBytes := f.g.weights.offsets()
	b.Grow(int(dataBytes) + sha256.Size)
	f.g.weights.write(&b, f.seed)
	return append(b.Bytes(), f.digest(b.Bytes())...)
}

// IntactWeights tells whether data is WeightsBytes, without drawing them again.
func (f *Files) IntactWeights(data []byte) bool {
	_, dataBytes := f.g.weights.offsets()
	return int64(len(data)) == dataBytes+sha256.Size && bytes.Equal(data[dataBytes:], f.digest(data[:dataBytes]))
}

// digest is SHA-256 over how the weights were made and their data.
func (f *Files) digest(data []byte) []byte {
	h := sha256.New()
	fmt.Fprintln(h, weightsFormat, f.seed, f.g.weights.blocks)
	h.Write(data)
	return h.Sum(nil)
}
