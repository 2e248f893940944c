package generator

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"vsim/experiments/oip/wire"
)

// fake is a server whose times are known: each request takes service, beside as many others as come.
type fake struct {
	wire.UnimplementedGRPCInferenceServiceServer
	service  time.Duration
	datatype string // "FP32" or "BYTES", of input "image"
	shape    []int64
	maxBatch int32
	answer   func(n int, r *wire.ModelInferRequest) error // of request n; nil: all are served

	mu       sync.Mutex
	got      int // requests
	success  uint64
	requests []*wire.ModelInferRequest // the first few
}

// What the fake server says that a request took of it.
const (
	queueNs = 1_000_000
	inputNs = 200_000
	inferNs = 2_000_000
	outNs   = 100_000
)

// serve starts a fake server and gives its address. It ends with the test.
func serve(t *testing.T, f *fake) string {
	t.Helper()
	if f.datatype == "" {
		f.datatype, f.shape, f.maxBatch = "FP32", []int64{-1, 3, 8, 8}, 8
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := grpc.NewServer()
	wire.RegisterGRPCInferenceServiceServer(s, f)
	go func() { _ = s.Serve(listener) }() // ends with Stop
	t.Cleanup(s.Stop)
	return "grpc://" + listener.Addr().String()
}

func (f *fake) ServerReady(context.Context, *wire.ServerReadyRequest) (*wire.ServerReadyResponse, error) {
	return &wire.ServerReadyResponse{Ready: true}, nil
}

func (f *fake) ServerMetadata(context.Context, *wire.ServerMetadataRequest) (*wire.ServerMetadataResponse, error) {
	return &wire.ServerMetadataResponse{Name: "fake", Version: "1.0"}, nil
}

func (f *fake) ModelMetadata(_ context.Context, r *wire.ModelMetadataRequest) (*wire.ModelMetadataResponse, error) {
	if r.Name != "m" {
		return nil, status.Errorf(codes.NotFound, "no model %q", r.Name)
	}
	return &wire.ModelMetadataResponse{Name: "m", Inputs: []*wire.ModelMetadataResponse_TensorMetadata{{Name: "image", Datatype: f.datatype, Shape: f.shape}}}, nil
}

func (f *fake) ModelConfig(context.Context, *wire.ModelConfigRequest) (*wire.ModelConfigResponse, error) {
	return &wire.ModelConfigResponse{Config: &wire.ModelConfig{Name: "m", MaxBatchSize: f.maxBatch}}, nil
}

func (f *fake) ModelStatistics(context.Context, *wire.ModelStatisticsRequest) (*wire.ModelStatisticsResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	of := func(each uint64) *wire.StatisticDuration {
		return &wire.StatisticDuration{Count: f.success, Ns: f.success * each}
	}
	return &wire.ModelStatisticsResponse{ModelStats: []*wire.ModelStatistics{{Name: "m", Version: "1", InferenceCount: f.success, ExecutionCount: f.success,
		InferenceStats: &wire.InferStatistics{Success: of(queueNs + inputNs + inferNs + outNs), Fail: &wire.StatisticDuration{}, Queue: of(queueNs),
			ComputeInput: of(inputNs), ComputeInfer: of(inferNs), ComputeOutput: of(outNs)}}}}, nil
}

func (f *fake) ModelInfer(ctx context.Context, r *wire.ModelInferRequest) (*wire.ModelInferResponse, error) {
	f.mu.Lock()
	n := f.got
	f.got++
	if len(f.requests) < 4 {
		f.requests = append(f.requests, r)
	}
	f.mu.Unlock()
	select {
	case <-time.After(f.service):
	case <-ctx.Done():
		return nil, status.FromContextError(ctx.Err()).Err()
	}
	if f.answer != nil {
		if err := f.answer(n, r); err != nil {
			return nil, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.success++
	return &wire.ModelInferResponse{ModelName: "m"}, nil
}

// count is how many requests came.
func (f *fake) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.got
}
