package generator

import (
	"context"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"vsim/experiments/load"
	"vsim/experiments/load/record"
	"vsim/experiments/oip"
	"vsim/experiments/oip/wire"
)

// target sends an input to a model.
type target struct {
	client  oip.Client
	model   string
	input   *Input
	timeout time.Duration // that a request may wait in the server's queue; 0: what the server says
}

// Send sends a request, whose Image is the raw contents of its input, from a goroutine of its own.
func (t *target) Send(ctx context.Context, r load.Request, reply func(load.Reply)) {
	go func() {
		out := load.Reply{Sent: time.Now()}
		_, err := t.client.Infer(ctx, t.request(r))
		out.Err, out.Dropped = err, string(dropped(err))
		reply(out)
	}()
}

func (t *target) request(r load.Request) *wire.ModelInferRequest {
	out := &wire.ModelInferRequest{ModelName: t.model, RawInputContents: [][]byte{r.Image}, Inputs: []*wire.ModelInferRequest_InferInputTensor{
		{Name: t.input.Name, Datatype: t.input.Datatype, Shape: t.input.Shape}}}
	if r.Priority > 0 || t.timeout > 0 {
		out.Parameters = map[string]*wire.InferParameter{}
	}
	if r.Priority > 0 {
		out.Parameters["priority"] = &wire.InferParameter{ParameterChoice: &wire.InferParameter_Uint64Param{Uint64Param: uint64(r.Priority)}}
	}
	if t.timeout > 0 {
		out.Parameters["timeout"] = &wire.InferParameter{ParameterChoice: &wire.InferParameter_Int64Param{Int64Param: t.timeout.Microseconds()}}
	}
	return out
}

// dropped says why a server turned a request away; "" where it did not.
func dropped(err error) record.Outcome {
	switch code, text := status.Code(err), strings.ToLower(status.Convert(err).Message()); {
	case err == nil:
		return ""
	case strings.Contains(text, "maximum queue size"):
		return record.Rejected
	case strings.Contains(text, "timeout expired"), code == codes.DeadlineExceeded:
		return record.Expired
	}
	return ""
}
