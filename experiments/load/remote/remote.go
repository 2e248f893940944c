// Package remote is a target of a load that is another process: a server of the Open Inference Protocol.
package remote

import (
	"context"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"vsim/experiments/load"
	"vsim/experiments/oip"
	"vsim/experiments/oip/wire"
)

// Options say what of a server a load is put on.
type Options struct {
	Model   string
	Version string        // "": the server's choice
	Input   string        // tensor that the image is sent in; "": the model's only one
	Shape   []int64       // of an image in that tensor, without the batch; nil: as the model's metadata say
	Batch   int           // copies of the image in a request; 0 is 1
	Timeout time.Duration // in the server's queue, whole microseconds; 0: the model's own. Triton heeds it where it is shorter than the model's, not where the model has none
}

// Target sends images to one model.
type Target struct {
	client   oip.Client
	o        Options
	input    *wire.ModelInferRequest_InferInputTensor
	contents contents
}

// New makes a target of a model. It asks the server how the model's input looks: an image becomes an element of datatype BYTES,
// or the raw contents of a ready tensor of any other datatype.
func New(ctx context.Context, client oip.Client, o Options) (*Target, error) {
	o.Batch = max(o.Batch, 1)
	input, err := describe(ctx, client, &o)
	if err != nil {
		return nil, err
	}
	return &Target{client: client, o: o, input: input, contents: contents{input: input, copies: o.Batch}}, nil
}

// Send sends an image, which may not be changed afterwards, from a goroutine of its own.
func (t *Target) Send(ctx context.Context, r load.Request, reply func(load.Reply)) {
	go func() {
		sent := time.Now()
		err := t.infer(ctx, r)
		reply(load.Reply{Err: err, Dropped: reason(ctx, err), Sent: sent})
	}()
}

func (t *Target) infer(ctx context.Context, r load.Request) error {
	raw, err := t.contents.of(r.Image)
	if err != nil {
		return err
	}
	_, err = t.client.Infer(ctx, &wire.ModelInferRequest{
		ModelName: t.o.Model, ModelVersion: t.o.Version, Parameters: t.parameters(r),
		Inputs: []*wire.ModelInferRequest_InferInputTensor{t.input}, RawInputContents: [][]byte{raw},
	})
	return err
}

// parameters are those of Triton's extensions for schedule policies.
func (t *Target) parameters(r load.Request) map[string]*wire.InferParameter {
	p := map[string]*wire.InferParameter{}
	if r.Priority > 0 {
		p["priority"] = oip.Int64(int64(r.Priority))
	}
	if t.o.Timeout > 0 {
		p["timeout"] = oip.Int64(t.o.Timeout.Microseconds())
	}
	return p
}

// reason names why a queue turned a request away, in the simulator's words; "" when none did. Triton gives both reasons the
// status Unavailable; others have a status for each. A deadline of one's own is no server's.
func reason(ctx context.Context, err error) string {
	text, code := strings.ToLower(status.Convert(err).Message()), status.Code(err)
	unavailable := code == codes.Unavailable
	switch {
	case unavailable && strings.Contains(text, "maximum queue size"), code == codes.ResourceExhausted && !strings.Contains(text, "larger than max"):
		return "rejected"
	case unavailable && strings.Contains(text, "timeout expired"), code == codes.DeadlineExceeded && ctx.Err() == nil:
		return "expired"
	}
	return ""
}
