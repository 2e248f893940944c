// Package front is the server side of the Open Inference Protocol (KServe's "predict v2") with Triton's extensions, over
// HTTP and over gRPC, in front of whatever is a Model.
package front

import (
	"context"
	"time"

	"vsim/experiments/oip/wire"
)

// Model answers inference requests. Its methods may be called from any number of goroutines at once; those that give messages
// give ones that nobody changes afterwards.
type Model interface {
	// Metadata says what the model reads and returns: its name, its versions, ascending, and its tensors, whose shapes begin
	// with -1 where Config has a max_batch_size above 0.
	Metadata() *wire.ModelMetadataResponse
	// Config gives the model's rules. Requests are checked against its max_batch_size.
	Config() *wire.ModelConfig
	// Statistics gives what the newest version has done since the start: what a Recorder has recorded.
	Statistics() *wire.ModelStatistics
	// Ready says whether the model is loaded and warm.
	Ready() bool
	// Infer takes a request in and returns at once. It calls reply exactly once, from any goroutine, with the answer or with
	// why there is none; reply does not block. When ctx is done, a request that waits leaves its queue and is answered with
	// ErrCanceled soon, while one that is in a batch may be answered when the batch is. The request with all its bytes is the
	// model's until it calls reply.
	//
	// The answer has raw contents of the outputs asked for, and leaves ModelName, ModelVersion and Id to the front. An error
	// with a gRPC status goes to the client as it is, one without as codes.Internal.
	Infer(ctx context.Context, r *Request, reply func(*wire.ModelInferResponse, error))
}

// Request is a request that has passed the checks: the model has its inputs and outputs, their datatypes and shapes are the
// model's, and each of Inputs has raw contents of the length that its shape asks for, at the same place of RawInputContents
// (an input of datatype BYTES, elements as oip.Bytes takes them apart, as many as the shape says). Inputs stand in the order of
// the model's metadata; one that Config calls optional may be missing.
type Request struct {
	*wire.ModelInferRequest
	Items    int           // images: the first dimension of its inputs, up to the model's max_batch_size; 1 where it does not batch
	Outputs  []string      // names of those asked for, in the request's order; all where it names none
	Priority uint64        // parameter "priority"; 1 is the highest, 0 means the model's default
	Timeout  time.Duration // parameter "timeout"; 0 means the queue's own
	Received time.Time     // when it had come in whole: its time in the server counts from here
}
