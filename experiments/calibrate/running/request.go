package running

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"vsim/experiments/oip"
	"vsim/experiments/oip/wire"
	"vsim/sim/scenario"
)

// maxElements bounds a tensor of one image.
const maxElements = 1 << 24

// payload makes the requests of one input.
type payload struct {
	model   string
	input   *wire.ModelMetadataResponse_TensorMetadata
	batched bool    // the first dimension is the batch
	shape   []int64 // of one image, without the batch
	images  [][]byte
	plain   [][]byte // the same as package remote takes them
}

// newPayload finds out what the model's input is: JPEGs in a BYTES tensor, or a tensor of FP32.
func newPayload(s *served, images [][]byte) (*payload, error) {
	p := &payload{model: s.name, input: s.input, batched: s.config.MaxBatchSize > 0, shape: slices.Clone(s.input.Shape)}
	if p.batched {
		p.shape = p.shape[1:]
	}
	elements := int64(1)
	for i, d := range p.shape {
		if d < 1 && s.input.Datatype == "BYTES" {
			p.shape[i], d = 1, 1
		}
		if d < 1 {
			return nil, scenario.BadInput("--model", "input %s of %s has shape %v; only images of one size are sent", s.input.Name, s.name, s.input.Shape)
		}
		if elements *= d; elements > maxElements {
			return nil, scenario.BadInput("--model", "input %s of %s has shape %v, more than %d numbers", s.input.Name, s.name, s.input.Shape, maxElements)
		}
	}
	switch {
	case s.input.Datatype == "BYTES" && elements == 1:
		p.plain = images
		for _, image := range images {
			p.images = append(p.images, oip.AppendBytes(nil, image))
		}
	case s.input.Datatype == "FP32":
		p.images = [][]byte{noise(int(elements))}
		p.plain = p.images
	default:
		return nil, scenario.BadInput("--model", "input %s of %s is %s %v; one JPEG (BYTES [1]) or a tensor of FP32 is needed", s.input.Name, s.name, s.input.Datatype, s.input.Shape)
	}
	if len(p.images) == 0 {
		return nil, fmt.Errorf("model %s reads JPEGs and none are given", s.name)
	}
	return p, nil
}

// noise is a picture as models read it: numbers around 0 with a deviation of 1.
func noise(elements int) (raw []byte) {
	draw := rand.New(rand.NewPCG(1, 1))
	for range elements {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(draw.NormFloat64())))
	}
	return raw
}

// request makes a request of so many images, the first of which is number i.
func (p *payload) request(i, batch int) *wire.ModelInferRequest {
	raw := p.images[i%len(p.images)]
	if batch > 1 {
		raw = nil
		for k := range batch {
			raw = append(raw, p.images[(i+k)%len(p.images)]...)
		}
	}
	shape := p.shape
	if p.batched {
		shape = append([]int64{int64(batch)}, p.shape...)
	}
	return &wire.ModelInferRequest{ModelName: p.model, RawInputContents: [][]byte{raw},
		Inputs: []*wire.ModelInferRequest_InferInputTensor{{Name: p.input.Name, Datatype: p.input.Datatype, Shape: shape}}}
}
