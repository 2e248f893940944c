package front

import (
	"context"
	"io"
	"sync/atomic"

	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"vsim/experiments/oip/wire"
)

// outbox has the answers of one stream that wait to be sent.
type outbox struct {
	s       *Server
	slots   chan struct{}                       // one for each request that was read and whose answer is not sent yet
	answers chan *wire.ModelStreamInferResponse // has room for as many, so that who answers never waits
	read    atomic.Int64                        // requests read
	end     chan error                          // why none is read any more; nil: the client has sent all
}

// ModelStreamInfer answers a stream of requests in the order in which they are done. Each has one answer, with its id. When as
// many wait for their answers as the server may hold, it reads no further.
func (g *service) ModelStreamInfer(stream wire.GRPCInferenceService_ModelStreamInferServer) error {
	if err := g.s.gate.enterStream(); err != nil {
		return err
	}
	defer g.s.gate.leaveStream()
	most := g.s.limits.Requests
	o := &outbox{s: g.s, slots: make(chan struct{}, most), answers: make(chan *wire.ModelStreamInferResponse, most), end: make(chan error, 1)}
	go func() { o.end <- o.receive(stream) }()
	return o.send(stream)
}

// receive reads requests until there are no more.
func (o *outbox) receive(stream wire.GRPCInferenceService_ModelStreamInferServer) error {
	ctx := stream.Context()
	for {
		select {
		case o.slots <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		r, err := stream.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		o.read.Add(1)
		o.take(ctx, r)
	}
}

// take takes one request in.
func (o *outbox) take(ctx context.Context, r *wire.ModelInferRequest) {
	bytes := int64(proto.Size(r))
	err := o.s.gate.enter()
	if err == nil {
		if err = o.s.gate.hold(bytes); err != nil {
			o.s.gate.leave(0)
		}
	}
	if err != nil {
		o.answers <- streamed(r, outcome{err: err})
		return
	}
	o.s.ask(ctx, r, func(became outcome) {
		o.s.gate.leave(bytes)
		o.answers <- streamed(r, became)
	})
}

// streamed is an outcome as a stream sends it: an error has the id of its request too.
func streamed(r *wire.ModelInferRequest, o outcome) *wire.ModelStreamInferResponse {
	if o.err != nil {
		return &wire.ModelStreamInferResponse{ErrorMessage: status.Convert(o.err).Message(), InferResponse: &wire.ModelInferResponse{Id: r.Id}}
	}
	return &wire.ModelStreamInferResponse{InferResponse: o.answer}
}

// send sends answers until all are sent that there will be: the client has ended the stream, or the server ends.
func (o *outbox) send(stream wire.GRPCInferenceService_ModelStreamInferServer) error {
	end, shutting := o.end, o.s.gate.shutting
	ended, last := false, error(nil)
	for sent := int64(0); !ended || sent < o.read.Load(); {
		select {
		case a := <-o.answers:
			if err := stream.Send(a); err != nil {
				return err
			}
			<-o.slots
			sent++
		case err := <-end:
			if err != nil {
				return err
			}
			ended, end = true, nil
		case <-shutting:
			ended, shutting, last = true, nil, ErrStopping
		}
	}
	return last
}
