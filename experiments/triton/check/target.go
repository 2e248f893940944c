package check

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"vsim/experiments/load"
	"vsim/experiments/oip"
	"vsim/experiments/oip/wire"
)

// target sends requests of one item to a model.
type target struct {
	client oip.Client
	model  string
	inputs []*wire.ModelInferRequest_InferInputTensor
}

// newTarget asks the server what the model reads.
func newTarget(ctx context.Context, client oip.Client, model string) (*target, error) {
	m, err := client.Model(ctx, model)
	if err != nil {
		return nil, err
	}
	if len(m.Inputs) != 1 {
		return nil, fmt.Errorf("model %s has %d inputs; one is sent", model, len(m.Inputs))
	}
	shape := slices.Clone(m.Inputs[0].Shape)
	for i := range shape {
		shape[i] = max(shape[i], 1)
	}
	return &target{client, model, []*wire.ModelInferRequest_InferInputTensor{{Name: m.Inputs[0].Name, Datatype: m.Inputs[0].Datatype, Shape: shape}}}, nil
}

// Send sends a request, its image being the raw contents of the input.
func (t *target) Send(ctx context.Context, r load.Request, reply func(load.Reply)) {
	request := &wire.ModelInferRequest{ModelName: t.model, Inputs: t.inputs, RawInputContents: [][]byte{r.Image}}
	if r.Priority > 0 {
		request.Parameters = map[string]*wire.InferParameter{"priority": {ParameterChoice: &wire.InferParameter_Uint64Param{Uint64Param: uint64(r.Priority)}}}
	}
	go func() {
		_, err := t.client.Infer(ctx, request)
		reply(load.Reply{Err: err, Dropped: dropReason(err)})
	}()
}

// dropReason is why a queue turned a request away, in the simulator's words; "" where none did.
func dropReason(err error) string {
	s, ok := status.FromError(err)
	switch {
	case err == nil || !ok || s.Code() != codes.Unavailable:
		return ""
	case strings.Contains(s.Message(), "maximum queue size"):
		return "rejected"
	case strings.Contains(s.Message(), "timeout expired"):
		return "expired"
	}
	return ""
}
