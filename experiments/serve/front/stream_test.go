package front

import (
	"io"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"

	"vsim/experiments/oip/wire"
)

type bidi = grpc.BidiStreamingClient[wire.ModelInferRequest, wire.ModelStreamInferResponse]

// open opens a stream.
func open(t *testing.T, s *Server) bidi {
	t.Helper()
	c, err := grpc.NewClient(s.GRPCAddr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	stream, err := wire.NewGRPCInferenceServiceClient(c).ModelStreamInfer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return stream
}

func send(t *testing.T, stream bidi, id string, x ...float32) {
	t.Helper()
	r := request(x...)
	r.Id = id
	if err := stream.Send(r); err != nil {
		t.Fatal(err)
	}
}

func receive(t *testing.T, stream bidi) *wire.ModelStreamInferResponse {
	t.Helper()
	a, err := stream.Recv()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestStreamsAnswerInOrderOfCompletion sends what fails the checks after what takes long: its answer overtakes.
func TestStreamsAnswerInOrderOfCompletion(t *testing.T) {
	f := newFake(t)
	stream := open(t, start(t, f, Limits{}))
	send(t, stream, "slow", -1, 1, 2)
	until(t, "the worker has it", f.held.Load)
	send(t, stream, "large", make([]float32, 15)...)
	if a := receive(t, stream); a.InferResponse.GetId() != "large" || a.ErrorMessage == "" {
		t.Error(a)
	}
	f.letGo()
	send(t, stream, "broken", 0, -1, 2)
	send(t, stream, "good", 0, 1, 2)
	if err := stream.CloseSend(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct{ id, text string }{{"slow", ""}, {"broken", "broken picture"}, {"good", ""}} {
		a := receive(t, stream)
		if a.InferResponse.GetId() != want.id || a.ErrorMessage != want.text || (want.text == "") != (len(a.InferResponse.GetOutputs()) == 2) {
			t.Errorf("%v, want %v", a, want)
		}
	}
	if _, err := stream.Recv(); err != io.EOF {
		t.Errorf("%v at the end, want EOF", err)
	}
}

func TestAStreamHoldsAsManyRequestsAsTheServer(t *testing.T) {
	f := newFake(t)
	stream := open(t, start(t, f, Limits{Requests: 2}))
	const requests = 20
	sent := make(chan error, 1)
	go func() {
		for range requests {
			if err := stream.Send(request(1, 1, 2)); err != nil {
				sent <- err
				return
			}
		}
		sent <- stream.CloseSend()
	}()
	for range requests {
		if a := receive(t, stream); a.ErrorMessage != "" {
			t.Error(a)
		}
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
	if _, err := stream.Recv(); err != io.EOF {
		t.Errorf("%v at the end, want EOF", err)
	}
}

func TestShutdownEndsStreams(t *testing.T) {
	f := newFake(t)
	s := start(t, f, Limits{})
	idle, busy := open(t, s), open(t, s)
	send(t, idle, "a", 0, 1, 2)
	receive(t, idle)
	send(t, busy, "b", -1, 1, 2)
	until(t, "the worker has it", f.held.Load)
	ended := make(chan error, 1)
	go func() { ended <- s.Shutdown(t.Context()) }()
	_, err := idle.Recv()
	wantCode(t, err, codes.Unavailable, "stopping")
	f.letGo()
	if a := receive(t, busy); a.InferResponse.GetId() != "b" || a.ErrorMessage != "" {
		t.Error(a)
	}
	_, err = busy.Recv()
	wantCode(t, err, codes.Unavailable, "stopping")
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestStreamsOverTheLimitAreRefused(t *testing.T) {
	s := start(t, newFake(t), Limits{Streams: 1})
	first := open(t, s)
	send(t, first, "a", 0, 1, 2)
	receive(t, first)
	_, err := open(t, s).Recv()
	wantCode(t, err, codes.Unavailable, "Exceeds maximum queue size: the server has 1 open streams")
	if err := first.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if _, err := first.Recv(); err != io.EOF {
		t.Error(err)
	}
	until(t, "the place is free", func() bool { s.gate.mutex.Lock(); defer s.gate.mutex.Unlock(); return s.gate.streams == 0 })
}

func TestAClientOfAStreamThatHangsUp(t *testing.T) {
	f := newFake(t)
	s := start(t, f, Limits{})
	c, err := grpc.NewClient(s.GRPCAddr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	stream, err := wire.NewGRPCInferenceServiceClient(c).ModelStreamInfer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	send(t, stream, "a", -1, 1, 2)
	send(t, stream, "b", 0, 1, 2)
	until(t, "one waits", func() bool { return f.held.Load() && f.waits() == 1 })
	_ = c.Close()
	until(t, "who waits has left", func() bool { return f.waits() == 0 })
	f.letGo()
	until(t, "both are answered to nobody", func() bool { return f.answered.Load() == 2 })
	if n := f.Statistics().InferenceStats.Fail.Count; n != 1 {
		t.Errorf("%d failed, want the one that waited", n)
	}
	until(t, "the gate is empty", func() bool {
		s.gate.mutex.Lock()
		defer s.gate.mutex.Unlock()
		return s.gate.requests == 0 && s.gate.streams == 0 && s.gate.memory == 0
	})
}
