package front

import (
	"context"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/tap"

	"vsim/experiments/oip/wire"
)

// ticket is a place in the gate while the message of a request over gRPC is being read.
type ticket struct {
	used atomic.Bool // by the handler, or by the end of the stream before it
	late *time.Timer // ends a request whose message does not come
	keep func() bool // the place from going with the stream
}

type ticketKey struct{}

// tap is asked before the message of a call is read: a request that finds the gate full is refused without it.
func (s *Server) tap(ctx context.Context, call *tap.Info) (context.Context, error) {
	if call.FullMethodName != wire.GRPCInferenceService_ModelInfer_FullMethodName {
		return ctx, nil
	}
	if err := s.gate.enter(); err != nil {
		return ctx, err
	}
	t := &ticket{}
	ctx, cancel := context.WithCancel(context.WithValue(ctx, ticketKey{}, t))
	t.late = time.AfterFunc(s.limits.Read, cancel)
	t.keep = context.AfterFunc(ctx, func() {
		t.late.Stop()
		if !t.used.Swap(true) {
			s.gate.leave(0)
		}
	})
	return ctx, nil
}

// begin takes the place over for a request whose message has been read; who has none asks the gate.
func (s *Server) begin(ctx context.Context) error {
	t, _ := ctx.Value(ticketKey{}).(*ticket)
	if t == nil {
		return s.gate.enter()
	}
	if t.used.Swap(true) {
		return status.Error(codes.Canceled, "the request was cancelled, or its message came too late")
	}
	t.late.Stop()
	t.keep()
	return nil
}
