// Package oip speaks the Open Inference Protocol (KServe's "predict v2") with Triton's extensions, over gRPC and over HTTP,
// with any server of it: NVIDIA's Triton, vsim's own, and others.
package oip

import (
	"context"

	"vsim/experiments/oip/wire"
)

// Client asks one server. Its methods may be called from any number of goroutines at once. Whatever the transport, the error of
// a server's refusal has a gRPC status (status.Code of google.golang.org/grpc/status): Unavailable, NotFound, InvalidArgument,
// DeadlineExceeded and the others.
type Client interface {
	// Ready errs while the server or one of its models is not ready.
	Ready(ctx context.Context) error
	// Server says what the server is.
	Server(ctx context.Context) (*wire.ServerMetadataResponse, error)
	// Model says what a model reads and returns.
	Model(ctx context.Context, name string) (*wire.ModelMetadataResponse, error)
	// Config gives the rules of a model.
	Config(ctx context.Context, name string) (*wire.ModelConfig, error)
	// Statistics gives what a model has done since the server started; of all models for "".
	Statistics(ctx context.Context, name string) ([]*wire.ModelStatistics, error)
	// Infer sends a request with raw contents and waits for its answer, which has raw contents too.
	Infer(ctx context.Context, r *wire.ModelInferRequest) (*wire.ModelInferResponse, error)
	// Close ends the connection.
	Close() error
}
