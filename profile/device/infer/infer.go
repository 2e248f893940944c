// Package infer runs DNNs in ONNX files on ONNX Runtime's CPU provider. The library is opened at
// run time; reaching it needs cgo. A binary built without cgo has the same API, and [Open] says
// what is missing.
package infer

import (
	"errors"

	"vsim/profile/device/vision"
)

// Options of a session. What is not here is fixed, so that a session behaves like one instance of
// a serving system and its times are its own: threads of the intra-op pool sleep when idle instead
// of spinning on a core that other stages need (session.intra_op.allow_spinning = 0), nodes run
// one after another (ORT_SEQUENTIAL, one inter-op thread), every graph optimisation is on.
type Options struct {
	// IntraOpThreads is how many threads share one operator, the calling one included; 0 means 1.
	IntraOpThreads int
	MaxBatch       int            // pictures that there is room for; 0 means 1
	Vision         vision.Options // what the file does not say
}

// ErrModel is wrapped by the error of NewSession when the model file is to blame.
var ErrModel = errors.New("unusable model")
