package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"vsim/experiments/serve/front"
	"vsim/experiments/serve/metrics"
	"vsim/sim/scenario"
)

// Serving is a server that answers.
type Serving struct {
	Model   string // by which clients know it
	Input   string // its name, datatype and shape
	Waiting int    // requests that may wait; 0: as the scenario's queues say
	HTTP    net.Addr
	GRPC    net.Addr
	Metrics net.Addr // nil, as the two above: not spoken
}

// Run serves a scenario that Read has read until ctx is done, and then drains: readiness goes first, those that are in are answered,
// and it ends without an error. ready hears once that it serves; progress, what is done before.
func Run(ctx context.Context, s *scenario.Scenario, opt Options, progress func(what string), ready func(Serving)) error {
	for _, at := range []struct{ flag, address string }{{"--http", opt.HTTP}, {"--grpc", opt.GRPC}, {"--metrics", opt.Metrics}} {
		if err := free(at.address); err != nil {
			return scenario.BadInput(at.flag, "%s: %v; give another port, :0 for a free one, or none", at.address, err)
		}
	}
	model, err := load(ctx, s, &opt, progress)
	if err != nil {
		return err
	}
	defer model.close()
	server, err := front.Start(front.Config{HTTP: opt.HTTP, GRPC: opt.GRPC, Name: "vsim", Version: "1", Models: []front.Model{model.Model}, Limits: opt.Limits, Log: opt.Log})
	if err != nil {
		return err
	}
	monitor, err := listen(opt.Metrics, model.Metrics())
	if err != nil {
		return cut(server, err)
	}
	in := model.Metadata().Inputs[0]
	now := Serving{Model: model.Metadata().Name, Input: fmt.Sprintf("%s %s %v", in.Name, in.Datatype, in.Shape), Waiting: model.config.Waiting,
		HTTP: server.HTTPAddr(), GRPC: server.GRPCAddr()}
	if monitor != nil {
		now.Metrics = monitor.address
		defer monitor.Close()
	}
	ready(now)
	<-ctx.Done()
	return drain(server, cmp.Or(opt.Drain, DefaultDrain))
}

// free errs where nobody can listen at an address, before anything is loaded.
func free(address string) error {
	if address == "" {
		return nil
	}
	l, err := front.Listen(address)
	var failed *net.OpError
	switch {
	case errors.As(err, &failed):
		return failed.Err
	case err != nil:
		return err
	}
	return l.Close()
}

// drain answers those that are in, for so long.
func drain(server *front.Server, longest time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return fmt.Errorf("requests that were not answered within %v were cut off", longest)
	}
	return nil
}

// cut ends a server at once, for a reason.
func cut(server *front.Server, why error) error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = server.Shutdown(ctx) // why says more
	return why
}

// monitor answers who asks for metrics.
type monitor struct {
	http.Server
	address net.Addr
}

func listen(address string, m *metrics.Model) (*monitor, error) {
	if address == "" {
		return nil, nil
	}
	l, err := front.Listen(address)
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.Handler())
	out := &monitor{http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}, l.Addr()}
	go func() { _ = out.Serve(l) }() // ends with Close
	return out, nil
}

// Steps is how often progress hears something.
const Steps = 2

// Text says what is served and where, one line each.
func (s *Serving) Text(w io.Writer, took time.Duration) {
	queue := "as many requests may wait as the scenario's queues allow"
	if s.Waiting > 0 {
		queue = fmt.Sprintf("%d requests may wait", s.Waiting)
	}
	fmt.Fprintf(w, "model %s is ready after %.1f s: input %s; %s\n", s.Model, took.Seconds(), s.Input, queue)
	for _, at := range []struct {
		what    string
		address net.Addr
		format  string
	}{{"HTTP", s.HTTP, "http://%v"}, {"gRPC", s.GRPC, "grpc://%v"}, {"metrics", s.Metrics, "http://%v/metrics"}} {
		if at.address != nil {
			fmt.Fprintf(w, "%s on "+at.format+"\n", at.what, at.address)
		}
	}
}
