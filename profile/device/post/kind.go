package post

import (
	"fmt"
	"math"
	"slices"

	"vsim/profile/device/tensor"
)

// Kind is what becomes of a model's first output.
type Kind string

// The kinds: nothing, softmax and the best classes, or non-maximum suppression of a detector's boxes.
const (
	None   Kind = "none"
	Argmax Kind = "argmax"
	NMS    Kind = "nms"
)

// ParseKind reads a kind; "" leaves it to the model.
func ParseKind(text string) (Kind, error) {
	if k := Kind(text); k == "" || slices.Contains([]Kind{None, Argmax, NMS}, k) {
		return k, nil
	}
	return "", fmt.Errorf("postprocessing %q: known are none, argmax and nms", text)
}

// Answerer makes answers with the same buffers. It is not safe for concurrent use.
type Answerer struct {
	Kind   Kind
	probs  []float32
	answer []Prediction
	boxes  detector
}

// Answer is what becomes of one picture. The fields are valid until the next answer.
type Answer struct {
	Classes []Prediction // argmax
	Boxes   []Box        // nms
}

// Of makes the answer of one picture: its values of the first output, whose shape without the batch is dims.
func (a *Answerer) Of(values []float32, dims []int64) Answer {
	switch a.Kind {
	case Argmax:
		if len(a.probs) != len(values) {
			a.probs, a.answer = make([]float32, len(values)), make([]Prediction, 0, K)
		}
		Softmax(values, a.probs)
		a.answer = Top(a.probs, a.answer[:0])
		return Answer{Classes: a.answer}
	case NMS:
		if len(dims) == 2 && tensor.Count(dims) == len(values) {
			return Answer{Boxes: a.boxes.detect(values, int(dims[0]), int(dims[1]))}
		}
	}
	return Answer{}
}

// At makes the answer of the picture at a place of a batch, from the first output and its shape; an output whose first
// axis is not the batch gives none.
func (a *Answerer) At(place int, values []float32, shape []int64) Answer {
	if len(shape) == 0 || place >= int(shape[0]) {
		return Answer{}
	}
	n := len(values) / int(shape[0])
	return a.Of(values[place*n:(place+1)*n], shape[1:])
}

// clamp keeps a score that is no number out of comparisons.
func clamp(v float32) float32 {
	if math.IsNaN(float64(v)) {
		return 0
	}
	return v
}
