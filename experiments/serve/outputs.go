package serve

import (
	"bytes"
	"fmt"
	"slices"

	"vsim/profile/device/post"
	"vsim/profile/device/tensor"
)

// finisher has the results of a batch.
type finisher interface {
	// Post does the model's postprocessing of the picture at a place.
	Post(place int) post.Answer
	// Output gives one of the model's outputs and its shape.
	Output(k int) (data []byte, shape []int64)
}

// finish takes each request's results out of those of its batch: the outputs that it wants, else its answers.
func finish(batch []*request, of finisher) {
	place := 0
	for _, r := range batch {
		if r.wanted != nil {
			r.outputs, r.err = outputs(of, r.wanted, place, r.items)
		} else {
			for k := range r.items {
				of.Post(place + k)
			}
		}
		place += r.items
	}
}

// outputs copies what the wanted outputs hold for so many pictures from a place on.
func outputs(of finisher, wanted []int, place, items int) (out []Output, err error) {
	for _, k := range wanted {
		data, shape := of.Output(k)
		if len(shape) == 0 || shape[0] < int64(place+items) || tensor.Count(shape) < 0 || data == nil && tensor.Count(shape) > 0 {
			return nil, fmt.Errorf("output %d of the model has shape %v, which says nothing of each picture", k, shape)
		}
		each := len(data) / int(shape[0])
		one := Output{Data: bytes.Clone(data[place*each : (place+items)*each]), Shape: slices.Clone(shape)}
		one.Shape[0] = int64(items)
		out = append(out, one)
	}
	return out, nil
}
