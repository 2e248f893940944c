// Package local starts brokers on loopback: Redis, and Apache Kafka of one node in KRaft mode. They keep their data in a
// folder of their own, which goes when they are stopped, and they end with the process that started them.
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
	"strings"
	"syscall"
	"time"

	"vsim/profile/device/process"
)

// Kinds of server, for Options.Kind.
const (
	Kafka = "kafka"
	Redis = "redis"
)

// Options of a server.
type Options struct {
	Kind       string // Kafka or Redis
	Dir        string // where its folder is made, default the system's folder for temporary files
	AppendOnly bool   // Redis keeps its data over a restart, in a file that it writes each second
	Pauses     bool   // it will be paused: Kafka's session outlasts that; a start after a kill has to wait until it is over
}

// Server is a broker that runs, or was killed and may be restarted. Its methods are not for concurrent use.
type Server struct {
	Address string // host:port
	Version string
	options Options
	program program
	dir     string
	port    int
	process *process.Process
}

// A program knows how a broker is started.
type program interface {
	version() string
	// prepare writes what a first start in dir needs.
	prepare(ctx context.Context, dir string, port int) error
	command(dir string, port int) []string
	// ready tells whether the broker at address works.
	ready(ctx context.Context, address string) error
}

// How long a broker may take to start, and how often a start is tried when another process takes the port.
const (
	startWithin = 60 * time.Second
	tries       = 3
)

// ErrNotRunning is the error of what needs a broker that was killed or stopped.
var ErrNotRunning = errors.New("the broker does not run")

// Find tells whether a kind of broker can be started here. The error says what is missing and how to get it.
func Find(kind string) error {
	_, err := find(context.Background(), Options{Kind: kind})
	return err
}

// Look says which broker of a kind can be started here: its version. The error is that of Find.
func Look(ctx context.Context, kind string) (version string, err error) {
	p, err := find(ctx, Options{Kind: kind})
	if err != nil {
		return "", err
	}
	return p.version(), nil
}

func find(ctx context.Context, o Options) (program, error) {
	switch o.Kind {
	case Kafka:
		return findKafka(o.Pauses)
	case Redis:
		return findRedis(ctx, o.AppendOnly)
	}
	return nil, fmt.Errorf("kind of broker %q; there are %s and %s", o.Kind, Kafka, Redis)
}

// Start starts a broker on a free port of loopback and waits until it works. The error says what is missing and how to get
// it, or ends in the last lines of the broker's log.
func Start(ctx context.Context, o Options) (*Server, error) {
	p, err := find(ctx, o)
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		s, err := start(ctx, o, p)
		if err == nil || try == tries || !errors.Is(err, syscall.EADDRINUSE) {
			return s, err
		}
	}
}

func start(ctx context.Context, o Options, p program) (*Server, error) {
	parent, err := filepath.Abs(cmp.Or(o.Dir, os.TempDir()))
	if err != nil {
		return nil, err
	}
	sweep(parent)
	dir, err := os.MkdirTemp(parent, fmt.Sprintf("%s%s-%d-", prefix, o.Kind, os.Getpid()))
	if err != nil {
		return nil, fmt.Errorf("folder for %s: %w", o.Kind, err)
	}
	s := &Server{options: o, program: p, dir: dir, Version: p.version()}
	if s.port, err = freePort(); err == nil {
		s.Address = net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port))
		if err = p.prepare(ctx, dir, s.port); err == nil {
			err = s.run(ctx)
		}
	}
	if err != nil {
		os.RemoveAll(dir)
		return nil, fmt.Errorf("%s did not start: %w", o.Kind, err)
	}
	return s, nil
}

// run starts the process and waits until the broker works.
func (s *Server) run(ctx context.Context) error {
	command := s.program.command(s.dir, s.port)
	p, err := process.Start(process.Command{Args: command, Dir: s.dir, Env: environment(command[0]), Log: filepath.Join(s.dir, "log")})
	if err != nil {
		return err
	}
	s.process = p
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	for {
		err := s.program.ready(ctx, s.Address)
		if err == nil && p.Alive() {
			return nil
		}
		select {
		case <-p.Ended:
			return s.withLog(errors.New("it ended by itself"))
		case <-ctx.Done():
			s.Kill()
			return s.withLog(fmt.Errorf("it does not answer: %w", cmp.Or(err, context.Cause(ctx))))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// PID is the broker's process, 0 when it does not run.
func (s *Server) PID() int {
	if s.process == nil || !s.process.Alive() {
		return 0
	}
	return s.process.PID
}

// Kill ends the broker at once, as kill -9 does. Its data stay for Restart.
func (s *Server) Kill() {
	if s.process != nil {
		s.process.Signal(syscall.SIGKILL)
		<-s.process.Ended
		s.process = nil
	}
}

// Restart ends the broker if it runs, and starts it on the same port with the data that it has on disk.
func (s *Server) Restart(ctx context.Context) error {
	s.Kill()
	if err := s.run(ctx); err != nil {
		return fmt.Errorf("%s did not restart: %w", s.options.Kind, err)
	}
	return nil
}

// Pause has the broker do nothing, not even what it does with nothing to do, until Resume. See Options.Pauses.
func (s *Server) Pause() {
	if s.process != nil {
		s.process.Pause()
	}
}

// Resume ends a Pause.
func (s *Server) Resume() {
	if s.process != nil {
		s.process.Resume()
	}
}

// Stop ends the broker and removes its folder, for which it need not put its data in order first.
func (s *Server) Stop() {
	s.Kill()
	os.RemoveAll(s.dir)
}

// CPUTime is the CPU time of all the broker's threads since it started, in ns.
func (s *Server) CPUTime() (int64, error) {
	pid := s.PID()
	if pid == 0 {
		return 0, ErrNotRunning
	}
	return process.CPUTime(pid)
}

// withLog adds the last lines of the broker's log to an error, which wraps EADDRINUSE if the port was taken.
func (s *Server) withLog(err error) error {
	const lines = 8
	text, _ := os.ReadFile(filepath.Join(s.dir, "log"))
	all := strings.Split(strings.TrimSpace(string(text)), "\n")
	tail := strings.Join(all[max(0, len(all)-lines):], "\n")
	if strings.Contains(string(text), "Address already in use") {
		err = fmt.Errorf("port %d: %w", s.port, syscall.EADDRINUSE)
	}
	if tail == "" {
		return fmt.Errorf("%w; its log is empty", err)
	}
	return fmt.Errorf("%w; the end of its log:\n%s", err, tail)
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
