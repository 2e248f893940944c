package remote

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"vsim/experiments/oip"
	"vsim/experiments/oip/wire"
)

// describe says how a request's tensor looks.
func describe(ctx context.Context, client oip.Client, o *Options) (*wire.ModelInferRequest_InferInputTensor, error) {
	m, err := client.Model(ctx, o.Model)
	if err != nil {
		return nil, err
	}
	in, err := choose(m, o.Input)
	if err != nil {
		return nil, err
	}
	batches, err := hasBatch(ctx, client, o.Model, in)
	if err != nil {
		return nil, err
	}
	shape := slices.Clone(in.Shape)
	if batches {
		if len(shape) == 0 {
			return nil, fmt.Errorf("model %q: input %q has no dimensions, but the model has batches", o.Model, in.Name)
		}
		shape = shape[1:]
	} else if o.Batch > 1 {
		return nil, fmt.Errorf("model %q has no batch dimension: a request has one image, not %d", o.Model, o.Batch)
	}
	if shape, err = fill(in, shape, o.Shape); err != nil {
		return nil, fmt.Errorf("model %q: %w", o.Model, err)
	}
	if batches {
		shape = slices.Insert(shape, 0, int64(o.Batch))
	}
	return &wire.ModelInferRequest_InferInputTensor{Name: in.Name, Datatype: in.Datatype, Shape: shape}, nil
}

// choose finds an input by its name, or the only one.
func choose(m *wire.ModelMetadataResponse, name string) (*wire.ModelMetadataResponse_TensorMetadata, error) {
	var names []string
	for _, in := range m.Inputs {
		if in.Name == name || name == "" && len(m.Inputs) == 1 {
			return in, nil
		}
		names = append(names, in.Name)
	}
	return nil, fmt.Errorf("model %q has no input %q: name one of %s", m.Name, name, strings.Join(names, ", "))
}

// hasBatch says whether the first dimension counts the images. A server without configurations is taken to mean so by a first
// dimension that is open.
func hasBatch(ctx context.Context, client oip.Client, model string, in *wire.ModelMetadataResponse_TensorMetadata) (bool, error) {
	config, err := client.Config(ctx, model)
	switch status.Code(err) {
	case codes.OK:
		return config.GetMaxBatchSize() > 0, nil
	case codes.Unimplemented, codes.NotFound:
		return len(in.Shape) > 0 && in.Shape[0] < 0, nil
	}
	return false, err
}

// fill gives the dimensions of one image: what the model leaves open is 1 for elements of datatype BYTES, of which an image is
// one, and must be said for others.
func fill(in *wire.ModelMetadataResponse_TensorMetadata, shape, said []int64) ([]int64, error) {
	if said == nil {
		said = slices.Clone(shape)
		for i := range said {
			if said[i] < 0 && in.Datatype == "BYTES" {
				said[i] = 1
			}
		}
	}
	fits := len(said) == len(shape)
	for i := 0; fits && i < len(shape); i++ {
		fits = said[i] > 0 && (shape[i] < 0 || said[i] == shape[i])
	}
	if !fits {
		return nil, fmt.Errorf("input %q has shape %v for an image, and %v was said: say a shape that fits", in.Name, shape, said)
	}
	if n, err := oip.Elements(said); in.Datatype == "BYTES" && (err != nil || n != 1) {
		return nil, fmt.Errorf("input %q of datatype BYTES has shape %v for an image, which is one element", in.Name, said)
	}
	return said, nil
}

// contents makes raw contents of images, once for each: a load sends the same ones again and again.
type contents struct {
	input  *wire.ModelInferRequest_InferInputTensor
	copies int
	made   sync.Map // raw contents by picture
}

// picture is an image by where it is.
type picture struct {
	first *byte
	size  int
}

// of gives the raw contents of a request with an image.
func (c *contents) of(image []byte) ([]byte, error) {
	key := picture{unsafe.SliceData(image), len(image)}
	if raw, known := c.made.Load(key); known {
		return raw.([]byte), nil
	}
	raw := image
	if c.copies > 1 || c.input.Datatype == "BYTES" {
		raw = make([]byte, 0, c.copies*(len(image)+4))
		for range c.copies {
			if c.input.Datatype == "BYTES" {
				raw = oip.AppendBytes(raw, image)
			} else {
				raw = append(raw, image...)
			}
		}
	}
	if err := oip.CheckRaw(c.input.Name, c.input.Datatype, c.input.Shape, raw); err != nil {
		return nil, err
	}
	c.made.Store(key, raw)
	return raw, nil
}
