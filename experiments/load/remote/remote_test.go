package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"vsim/experiments/load"
	"vsim/experiments/oip"
	"vsim/experiments/oip/wire"
)

// fake is a server with one model.
type fake struct {
	oip.Client
	inputs  []*wire.ModelMetadataResponse_TensorMetadata
	largest int32 // of its batches; -1: it says no configuration
	infer   func(ctx context.Context, r *wire.ModelInferRequest) error
}

func (f *fake) Model(context.Context, string) (*wire.ModelMetadataResponse, error) {
	return &wire.ModelMetadataResponse{Name: "m", Inputs: f.inputs}, nil
}

func (f *fake) Config(context.Context, string) (*wire.ModelConfig, error) {
	if f.largest < 0 {
		return nil, status.Error(codes.Unimplemented, "no configurations")
	}
	return &wire.ModelConfig{MaxBatchSize: f.largest}, nil
}

func (f *fake) Infer(ctx context.Context, r *wire.ModelInferRequest) (*wire.ModelInferResponse, error) {
	return nil, f.infer(ctx, r)
}

func tensor(name, datatype string, shape ...int64) *wire.ModelMetadataResponse_TensorMetadata {
	return &wire.ModelMetadataResponse_TensorMetadata{Name: name, Datatype: datatype, Shape: shape}
}

// send sends one image and waits for its reply.
func send(t *testing.T, f *fake, o Options, r load.Request) load.Reply {
	t.Helper()
	target, err := New(t.Context(), f, o)
	if err != nil {
		t.Fatal(err)
	}
	replies := make(chan load.Reply)
	target.Send(t.Context(), r, func(a load.Reply) { replies <- a })
	return <-replies
}

// An image becomes the tensor that the model's metadata want, with as many copies as a batch is to have.
func TestTensors(t *testing.T) {
	file, four := []byte("jpeg"), []byte("4444")
	one := oip.AppendBytes(nil, file)
	for _, c := range []struct {
		input   *wire.ModelMetadataResponse_TensorMetadata
		largest int32
		o       Options
		shape   []int64
		raw     []byte
	}{
		{tensor("s", "BYTES", 1), 0, Options{}, []int64{1}, one},
		{tensor("s", "BYTES", -1), 0, Options{}, []int64{1}, one},
		{tensor("s", "BYTES", -1, 1), 8, Options{}, []int64{1, 1}, one},
		{tensor("s", "BYTES", -1, -1), -1, Options{Batch: 2}, []int64{2, 1}, slices.Concat(one, one)},
		{tensor("s", "BYTES", -1), -1, Options{Batch: 3}, []int64{3}, slices.Concat(one, one, one)},
		{tensor("x", "UINT8", -1, 2, 2), 8, Options{Batch: 2}, []int64{2, 2, 2}, []byte("44444444")},
		{tensor("x", "FP32", 1, 1), 0, Options{}, []int64{1, 1}, four},
		{tensor("x", "UINT8", -1, -1, 2), 8, Options{Shape: []int64{2, 2}}, []int64{1, 2, 2}, four},
	} {
		image := file
		if c.input.Datatype != "BYTES" {
			image = four
		}
		f := &fake{inputs: []*wire.ModelMetadataResponse_TensorMetadata{c.input}, largest: c.largest, infer: func(_ context.Context, r *wire.ModelInferRequest) error {
			if in := r.Inputs[0]; in.Name != c.input.Name || in.Datatype != c.input.Datatype || !slices.Equal(in.Shape, c.shape) || !bytes.Equal(r.RawInputContents[0], c.raw) {
				return fmt.Errorf("%v", r)
			}
			return nil
		}}
		if a := send(t, f, c.o, load.Request{Image: image}); a.Err != nil {
			t.Errorf("%v with %+v: %v", c.input, c.o, a.Err)
		}
	}
}

// Images that share their first bytes are different images; one that does not fit its tensor fails alone.
func TestImagesAreKeptApart(t *testing.T) {
	image := []byte("jpeg and more")
	f := &fake{inputs: []*wire.ModelMetadataResponse_TensorMetadata{tensor("s", "BYTES", 1)}, infer: func(_ context.Context, r *wire.ModelInferRequest) error {
		return errors.New(string(r.RawInputContents[0][4:]))
	}}
	target, err := New(t.Context(), f, Options{})
	if err != nil {
		t.Fatal(err)
	}
	replies := make(chan load.Reply)
	for _, n := range []int{13, 4, 0, 13} {
		target.Send(t.Context(), load.Request{Image: image[:n]}, func(a load.Reply) { replies <- a })
		if a := <-replies; a.Err.Error() != string(image[:n]) {
			t.Errorf("%q came as %v", image[:n], a.Err)
		}
	}
	f.inputs[0] = tensor("x", "FP32", 2)
	if a := send(t, f, Options{}, load.Request{Image: image}); status.Code(a.Err) != codes.InvalidArgument || a.Dropped != "" {
		t.Errorf("13 bytes as two numbers: %v", a)
	}
}

func TestParameters(t *testing.T) {
	f := &fake{inputs: []*wire.ModelMetadataResponse_TensorMetadata{tensor("s", "BYTES", 1)}}
	var got *wire.ModelInferRequest
	f.infer = func(_ context.Context, r *wire.ModelInferRequest) error { got = r; return nil }
	send(t, f, Options{Model: "m", Version: "2", Timeout: 3 * time.Millisecond}, load.Request{Image: []byte("x"), Priority: 2})
	if got.ModelName != "m" || got.ModelVersion != "2" || got.Parameters["priority"].GetInt64Param() != 2 || got.Parameters["timeout"].GetInt64Param() != 3000 {
		t.Error(got)
	}
	if send(t, f, Options{}, load.Request{Image: []byte("x")}); len(got.Parameters) > 0 {
		t.Error(got)
	}
}

// Who was turned away by a queue is told from who failed.
func TestReasons(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{status.Error(codes.Unavailable, "[request id: 1] Exceeds maximum queue size"), "rejected"},
		{status.Error(codes.Unavailable, "Request timeout expired"), "expired"},
		{status.Error(codes.Unavailable, "connection refused"), ""},
		{status.Error(codes.ResourceExhausted, "busy"), "rejected"},
		{status.Error(codes.ResourceExhausted, "grpc: received message larger than max (2 vs. 1)"), ""},
		{status.Error(codes.DeadlineExceeded, "too late"), "expired"},
		{status.Error(codes.Internal, "request timeout expired"), ""},
	} {
		f := &fake{inputs: []*wire.ModelMetadataResponse_TensorMetadata{tensor("s", "BYTES", 1)}, infer: func(context.Context, *wire.ModelInferRequest) error { return c.err }}
		if a := send(t, f, Options{}, load.Request{Image: []byte("x")}); a.Dropped != c.want || a.Err != c.err {
			t.Errorf("%v: %q, want %q", c.err, a.Dropped, c.want)
		}
	}
	ctx, cancel := context.WithDeadline(t.Context(), time.Now())
	defer cancel()
	if got := reason(ctx, status.FromContextError(ctx.Err()).Err()); got != "" {
		t.Errorf("one's own deadline: %q", got)
	}
}

// Send does not wait, and a cancelled context ends the calls that wait.
func TestSendDoesNotWait(t *testing.T) {
	f := &fake{inputs: []*wire.ModelMetadataResponse_TensorMetadata{tensor("s", "BYTES", 1)}, infer: func(ctx context.Context, _ *wire.ModelInferRequest) error {
		<-ctx.Done()
		return status.FromContextError(ctx.Err()).Err()
	}}
	target, err := New(t.Context(), f, Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	replies := make(chan load.Reply, 100)
	for range 100 {
		target.Send(ctx, load.Request{Image: []byte("x")}, func(a load.Reply) { replies <- a })
	}
	cancel()
	for range 100 {
		if a := <-replies; status.Code(a.Err) != codes.Canceled || a.Dropped != "" {
			t.Fatal(a)
		}
	}
}

func TestModelsThatCannotBeAsked(t *testing.T) {
	two := []*wire.ModelMetadataResponse_TensorMetadata{tensor("a", "BYTES", 1), tensor("b", "BYTES", 1)}
	for name, c := range map[string]struct {
		f fake
		o Options
	}{
		"two inputs":      {fake{inputs: two}, Options{}},
		"another name":    {fake{inputs: two}, Options{Input: "c"}},
		"no batches":      {fake{inputs: two}, Options{Input: "a", Batch: 2}},
		"open dimensions": {fake{inputs: []*wire.ModelMetadataResponse_TensorMetadata{tensor("x", "FP32", -1, 3, -1)}, largest: 8}, Options{}},
		"another shape":   {fake{inputs: []*wire.ModelMetadataResponse_TensorMetadata{tensor("x", "FP32", 3, -1)}}, Options{Shape: []int64{4, 4}}},
		"two elements":    {fake{inputs: []*wire.ModelMetadataResponse_TensorMetadata{tensor("s", "BYTES", 2)}}, Options{}},
		"no dimensions":   {fake{inputs: []*wire.ModelMetadataResponse_TensorMetadata{tensor("s", "BYTES")}, largest: 8}, Options{}},
	} {
		if _, err := New(t.Context(), &c.f, c.o); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
