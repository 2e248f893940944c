package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"vsim/experiments/oip"
	"vsim/profile/device/process"
)

// Options of a server.
type Options struct {
	Repository string   // folder of models
	Log        string   // the file at whose end the server's log goes; "" for one that goes with the server
	RateLimit  string   // "execution_count" for Triton's rate limiter; "" for none
	Flags      []string // more flags of tritonserver
}

// Server is a Triton that runs. Its addresses are as oip.Dial takes them. Stop may be called at any time, and again.
type Server struct {
	Program Program
	options Options
	dir     string // holds the log if nobody named one
	ports   [3]int // HTTP, gRPC, metrics
	process *process.Process
}

// How long things may take, and how often a start is tried when another process takes a port.
const (
	startWithin = 120 * time.Second
	finishSecs  = 5 // of requests that are being worked on when it stops, and of connections that clients keep open
	stopWithin  = 15 * time.Second
	tries       = 3
)

// ErrNotRunning is the error of what needs a server that was stopped or has ended.
var ErrNotRunning = errors.New("the server does not run")

// Start starts Triton on free ports of loopback and waits until all its models are ready. The error says what is missing and
// how to get it, or has what the server itself says of what is wrong.
func Start(ctx context.Context, o Options) (*Server, error) {
	p, err := Find()
	if err != nil {
		return nil, err
	}
	if o.Repository, err = filepath.Abs(o.Repository); err != nil {
		return nil, err
	}
	sweep()
	for try := 1; ; try++ {
		s, err := start(ctx, p, o)
		if err == nil || try == tries || !errors.Is(err, syscall.EADDRINUSE) {
			return s, err
		}
	}
}

func start(ctx context.Context, p Program, o Options) (*Server, error) {
	dir, err := os.MkdirTemp("", "vsim-triton-")
	if err != nil {
		return nil, fmt.Errorf("folder for Triton: %w", err)
	}
	s := &Server{Program: p, options: o, dir: dir}
	s.options.Log = cmp.Or(o.Log, filepath.Join(dir, "log"))
	if s.ports, err = freePorts(); err == nil {
		err = s.run(ctx)
	}
	if err != nil {
		s.Stop()
		return nil, fmt.Errorf("starting Triton: %w", err)
	}
	return s, nil
}

// run starts the process and waits until the models are ready.
func (s *Server) run(ctx context.Context) error {
	before := size(s.options.Log)
	var err error
	s.process, err = process.Start(process.Command{Args: s.command(), Dir: s.dir, Env: s.Program.environment(), Log: s.options.Log})
	if err != nil {
		return err
	}
	client, err := oip.Dial(s.GRPC())
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeoutCause(ctx, startWithin, fmt.Errorf("its models were not ready within %v", startWithin))
	defer cancel()
	for {
		if ready(ctx, client) && s.process.Alive() {
			return nil
		}
		select {
		case <-s.process.Ended:
			return s.withLog(before, errors.New("it ended by itself"))
		case <-ctx.Done():
			return s.withLog(before, context.Cause(ctx))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func ready(ctx context.Context, c oip.Client) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return c.Ready(ctx) == nil
}

// command is Triton's with its own settings but for where it listens, and where it keeps what its processes share.
func (s *Server) command() []string {
	python := filepath.Dir(filepath.Dir(s.Program.server))
	const host = "-address=127.0.0.1"
	args := []string{s.Program.server, "--model-repository=" + s.options.Repository,
		"--backend-directory=" + filepath.Join(python, "backends"),
		"--backend-config=python,shm-region-prefix-name=" + shared(os.Getpid(), s.ports[0]),
		"--allow-gpu-metrics=false", "--exit-timeout-secs=" + strconv.Itoa(finishSecs),
		"--http" + host, "--grpc" + host, "--metrics" + host,
		"--http-port=" + strconv.Itoa(s.ports[0]), "--grpc-port=" + strconv.Itoa(s.ports[1]), "--metrics-port=" + strconv.Itoa(s.ports[2])}
	if s.options.RateLimit != "" {
		args = append(args, "--rate-limit="+s.options.RateLimit)
	}
	return append(args, s.options.Flags...)
}

// HTTP, GRPC and Metrics are where the server listens: "http://127.0.0.1:PORT", "grpc://127.0.0.1:PORT" and the page of its
// metrics.
func (s *Server) HTTP() string { return "http://" + s.address(0) }

// GRPC is the address of the server's gRPC.
func (s *Server) GRPC() string { return "grpc://" + s.address(1) }

// Metrics is the page of the server's metrics.
func (s *Server) Metrics() string { return "http://" + s.address(2) + "/metrics" }

func (s *Server) address(i int) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.ports[i]))
}

// PID is the server's process, 0 when it does not run. Its group has the processes of the Python backend too.
func (s *Server) PID() int {
	if s.process == nil || !s.process.Alive() {
		return 0
	}
	return s.process.PID
}

// CPUTime is the CPU time of the server and of the processes of its Python backend since they started, in ns.
func (s *Server) CPUTime() (int64, error) {
	pid := s.PID()
	if pid == 0 {
		return 0, ErrNotRunning
	}
	return process.GroupCPUTime(pid)
}

// freePorts gives ports that are free at this moment.
func freePorts() (ports [3]int, err error) {
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return ports, fmt.Errorf("a free port: %w", err)
		}
		defer l.Close()
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	return ports, nil
}
