package front

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"vsim/experiments/oip/wire"
)

// Config says what a server is.
type Config struct {
	HTTP, GRPC    string // addresses as Listen takes them; "" where it is not spoken
	Name, Version string // as the server's metadata gives them
	Models        []Model
	Limits        Limits
	Log           *slog.Logger // for what goes wrong in the server itself; nil: nowhere
}

// Server answers clients until Shutdown.
type Server struct {
	config   Config
	limits   Limits
	models   []*served
	gate     *gate
	cut      context.CancelFunc // cuts off the requests that are in
	http     *http.Server
	grpc     *grpc.Server
	httpAddr net.Addr
	grpcAddr net.Addr
	serving  sync.WaitGroup
}

// served is a model and what its requests are checked by.
type served struct {
	Model
	*rules
}

// Listen listens at an address HOST:PORT of TCP. Without a host it is this machine's loopback alone: write 0.0.0.0 or [::] for
// all networks. Port 0 takes a free one.
func Listen(address string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("address %q: write HOST:PORT, as in 127.0.0.1:8000", address)
	}
	return net.Listen("tcp", net.JoinHostPort(cmp.Or(host, "127.0.0.1"), port))
}

// Start listens and answers from then on. It is live, and ready when its models are.
func Start(c Config) (*Server, error) {
	s, err := newServer(c)
	if err != nil {
		return nil, err
	}
	base, cut := context.WithCancel(context.Background())
	s.cut = cut
	var listeners []net.Listener
	open := func(address, refusal string) (net.Listener, error) {
		l, err := Listen(address)
		if err != nil {
			return nil, err
		}
		listeners = append(listeners, l)
		return &bounded{l, make(chan struct{}, s.limits.Connections), refusal, s.config.Log}, nil
	}
	if err := s.listen(base, open); err != nil {
		for _, l := range listeners {
			_ = l.Close() // err says more
		}
		cut()
		return nil, err
	}
	return s, nil
}

// newServer makes a server that does not listen.
func newServer(c Config) (*Server, error) {
	s := &Server{config: c, limits: c.Limits.filled()}
	s.gate = newGate(s.limits)
	if s.config.Log == nil {
		s.config.Log = slog.New(slog.DiscardHandler)
	}
	for _, m := range c.Models {
		next := &served{m, rulesOf(m)}
		if _, err := s.find(next.model, ""); err == nil {
			return nil, fmt.Errorf("two models are named %q", next.model)
		}
		s.models = append(s.models, next)
	}
	return s, nil
}

// listen opens both listeners before it answers on either.
func (s *Server) listen(base context.Context, open func(address, refusal string) (net.Listener, error)) error {
	var web, rpc net.Listener
	var err error
	if s.config.HTTP != "" {
		if web, err = open(s.config.HTTP, busy); err != nil {
			return fmt.Errorf("HTTP: %w", err)
		}
	}
	if s.config.GRPC != "" {
		if rpc, err = open(s.config.GRPC, ""); err != nil {
			return fmt.Errorf("gRPC: %w", err)
		}
	}
	if web != nil {
		s.http, s.httpAddr = s.newHTTP(base), web.Addr()
		s.serving.Go(func() { s.ended("HTTP", s.http.Serve(web)) })
	}
	if rpc != nil {
		s.grpc, s.grpcAddr = s.newGRPC(), rpc.Addr()
		s.serving.Go(func() { s.ended("gRPC", s.grpc.Serve(rpc)) })
	}
	return nil
}

// ended logs why a listener answers no more, unless it was to end.
func (s *Server) ended(what string, err error) {
	if err != nil && !errors.Is(err, http.ErrServerClosed) {
		s.config.Log.Error("the server answers no more", "over", what, "error", err)
	}
}

// HTTPAddr is where HTTP is answered; nil: nowhere.
func (s *Server) HTTPAddr() net.Addr { return s.httpAddr }

// GRPCAddr is where gRPC is answered; nil: nowhere.
func (s *Server) GRPCAddr() net.Addr { return s.grpcAddr }

// Shutdown makes the server unready and lets no new request in, waits until those that are in are answered, and ends. When ctx is
// done before, it cuts the rest off and gives ctx's error. Models are not asked after a Shutdown without an error.
func (s *Server) Shutdown(ctx context.Context) error {
	s.gate.close()
	err := s.gate.wait(ctx)
	if err == nil {
		err = s.drain(ctx)
	}
	if s.http != nil {
		_ = s.http.Close() // of what is cut off
	}
	if s.grpc != nil {
		s.grpc.Stop()
	}
	s.cut()
	s.serving.Wait()
	return err
}

// drain waits until the last answers are sent.
func (s *Server) drain(ctx context.Context) error {
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		if s.grpc != nil {
			s.grpc.GracefulStop()
		}
	}()
	if s.http != nil {
		if err := s.http.Shutdown(ctx); err != nil {
			return err
		}
	}
	select {
	case <-sent:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ready says whether the server takes requests of all its models.
func (s *Server) ready() bool {
	for _, m := range s.models {
		if !m.Ready() {
			return false
		}
	}
	return !s.gate.shut()
}

// modelReady says whether the server takes requests of a version of a model.
func (s *Server) modelReady(name, version string) bool {
	m, err := s.find(name, version)
	return err == nil && m.Ready() && !s.gate.shut()
}

// find gives a version of a model; version "" is the newest.
func (s *Server) find(name, version string) (*served, error) {
	for _, m := range s.models {
		switch {
		case m.model != name:
		case version == "" || slices.Contains(m.versions, version):
			return m, nil
		default:
			return nil, status.Errorf(codes.NotFound, "Request for unknown model: '%.100s' version %.20s is not found", name, version)
		}
	}
	return nil, status.Errorf(codes.NotFound, "Request for unknown model: '%.100s' is not found", name)
}

// metadata says what the server is.
func (s *Server) metadata() *wire.ServerMetadataResponse {
	return &wire.ServerMetadataResponse{Name: s.config.Name, Version: s.config.Version,
		Extensions: []string{"model_configuration", "schedule_policy", "binary_tensor_data", "parameters", "statistics"}}
}

// statistics are those of a model, of all for "".
func (s *Server) statistics(name, version string) (*wire.ModelStatisticsResponse, error) {
	all := &wire.ModelStatisticsResponse{}
	if name == "" {
		for _, m := range s.models {
			all.ModelStats = append(all.ModelStats, m.Statistics())
		}
		return all, nil
	}
	m, err := s.find(name, version)
	if err != nil {
		return nil, err
	}
	all.ModelStats = append(all.ModelStats, m.Statistics())
	return all, nil
}

// index lists the models; of the ready ones alone where ready is true.
func (s *Server) index(ready bool) *wire.RepositoryIndexResponse {
	all := &wire.RepositoryIndexResponse{}
	for _, m := range s.models {
		state := "READY"
		if !m.Ready() {
			state = "LOADING"
		}
		if state == "READY" || !ready {
			all.Models = append(all.Models, &wire.RepositoryIndexResponse_ModelIndex{Name: m.model, Version: m.newest(), State: state})
		}
	}
	return all
}
