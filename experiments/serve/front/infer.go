package front

import (
	"context"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"vsim/experiments/oip/wire"
)

// outcome is what becomes of a request.
type outcome struct {
	answer *wire.ModelInferResponse
	err    error
}

// infer asks a model and waits for what becomes of the request. The request is in the gate.
func (s *Server) infer(ctx context.Context, sent *wire.ModelInferRequest) (*wire.ModelInferResponse, error) {
	became := make(chan outcome, 1)
	s.ask(ctx, sent, func(o outcome) { became <- o })
	o := <-became // the model answers after ctx is done too
	return o.answer, o.err
}

// ask asks a model, and calls done once with what becomes of the request; on this goroutine when it fails the checks.
func (s *Server) ask(ctx context.Context, sent *wire.ModelInferRequest, done func(outcome)) {
	m, request, err := s.examine(sent)
	if err != nil {
		done(outcome{err: err})
		return
	}
	var answered atomic.Bool
	m.Infer(ctx, request, func(a *wire.ModelInferResponse, err error) {
		if answered.Swap(true) {
			panic("front: model " + m.model + " has answered a request twice")
		}
		done(m.finish(sent, a, err))
	})
}

// examine finds a request's model and checks the request.
func (s *Server) examine(sent *wire.ModelInferRequest) (*served, *Request, error) {
	received := time.Now()
	m, err := s.find(sent.ModelName, sent.ModelVersion)
	if err != nil {
		return nil, nil, err
	}
	if !m.Ready() {
		return nil, nil, status.Errorf(codes.Unavailable, "model '%s' is not ready", m.model)
	}
	request, err := m.check(sent, received)
	return m, request, err
}

// finish makes a model's reply what the client gets.
func (m *served) finish(sent *wire.ModelInferRequest, a *wire.ModelInferResponse, err error) outcome {
	if err != nil {
		if _, known := status.FromError(err); !known {
			err = status.Error(codes.Internal, err.Error())
		}
		return outcome{err: err}
	}
	a.ModelName, a.ModelVersion, a.Id = m.model, sent.ModelVersion, sent.Id
	if a.ModelVersion == "" {
		a.ModelVersion = m.newest()
	}
	return outcome{answer: a}
}
