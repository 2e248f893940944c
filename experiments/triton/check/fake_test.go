package check

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"vsim/experiments/calibrate/running"
	"vsim/experiments/oip/wire"
	"vsim/experiments/triton/repository"
	"vsim/profile"
)

// What the fake server does with a request: it waits for one of the instances, and then takes these times.
const (
	fakeInput  = 500 * time.Microsecond
	fakeInfer  = 5 * time.Millisecond
	fakeOutput = 250 * time.Microsecond
)

// fake is a server in this process whose service takes known times, one request at a time for each instance.
type fake struct {
	wire.UnimplementedGRPCInferenceServiceServer
	line    chan struct{} // a place in the queue or at an instance
	workers chan struct{}
	address string
	timeout time.Duration
	server  *grpc.Server

	mu     sync.Mutex
	counts wire.InferStatistics
	runs   uint64
	high   int // requests of priority 1
	broken bool
}

// startFake starts a fake on a port of loopback.
func startFake(o repository.Options) (*fake, error) {
	f := &fake{workers: make(chan struct{}, o.Instances), line: make(chan struct{}, 1<<20)}
	if o.Policy != nil {
		f.timeout = o.Policy.Timeout
	}
	if o.Policy != nil && o.Policy.MaxQueueSize > 0 {
		f.line = make(chan struct{}, o.Policy.MaxQueueSize+o.Instances)
	}
	for _, d := range []**wire.StatisticDuration{&f.counts.Success, &f.counts.Fail, &f.counts.Queue, &f.counts.ComputeInput, &f.counts.ComputeInfer, &f.counts.ComputeOutput} {
		*d = &wire.StatisticDuration{}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f.address, f.server = "grpc://"+listener.Addr().String(), grpc.NewServer()
	wire.RegisterGRPCInferenceServiceServer(f.server, f)
	go f.server.Serve(listener)
	return f, nil
}

func (f *fake) GRPC() string            { return f.address }
func (f *fake) CPUTime() (int64, error) { return 0, errors.New("not known") }
func (f *fake) Stop()                   { f.server.Stop() }

func (f *fake) ModelMetadata(_ context.Context, r *wire.ModelMetadataRequest) (*wire.ModelMetadataResponse, error) {
	return &wire.ModelMetadataResponse{Name: r.Name, Inputs: []*wire.ModelMetadataResponse_TensorMetadata{{Name: "input", Datatype: "FP32", Shape: []int64{-1, 2}}}}, nil
}

func (f *fake) ModelConfig(_ context.Context, r *wire.ModelConfigRequest) (*wire.ModelConfigResponse, error) {
	return &wire.ModelConfigResponse{Config: &wire.ModelConfig{Name: r.Name, MaxBatchSize: 1}}, nil
}

func (f *fake) ModelStatistics(_ context.Context, r *wire.ModelStatisticsRequest) (*wire.ModelStatisticsResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	copied := func(d *wire.StatisticDuration) *wire.StatisticDuration {
		return &wire.StatisticDuration{Count: d.Count, Ns: d.Ns}
	}
	s := &wire.InferStatistics{Success: copied(f.counts.Success), Fail: copied(f.counts.Fail), Queue: copied(f.counts.Queue),
		ComputeInput: copied(f.counts.ComputeInput), ComputeInfer: copied(f.counts.ComputeInfer), ComputeOutput: copied(f.counts.ComputeOutput)}
	return &wire.ModelStatisticsResponse{ModelStats: []*wire.ModelStatistics{{Name: r.Name, ExecutionCount: f.runs, InferenceCount: f.runs, InferenceStats: s}}}, nil
}

func (f *fake) ModelInfer(_ context.Context, r *wire.ModelInferRequest) (*wire.ModelInferResponse, error) {
	came := time.Now()
	select {
	case f.line <- struct{}{}:
		defer func() { <-f.line }()
	default:
		return nil, status.Error(codes.Unavailable, "in ensemble 'x', Exceeds maximum queue size")
	}
	select {
	case f.workers <- struct{}{}:
	case <-f.patience(came):
		return nil, status.Error(codes.Unavailable, "Request timeout expired")
	}
	defer func() { <-f.workers }()
	began := time.Now()
	time.Sleep(fakeInput + fakeInfer + fakeOutput)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.broken {
		return nil, status.Error(codes.Internal, "the model is broken")
	}
	f.runs++
	if p := r.Parameters["priority"]; p.GetUint64Param()+uint64(p.GetInt64Param()) == 1 {
		f.high++
	}
	count(f.counts.Success, time.Since(came))
	count(f.counts.Queue, began.Sub(came))
	count(f.counts.ComputeInput, fakeInput)
	count(f.counts.ComputeInfer, fakeInfer)
	count(f.counts.ComputeOutput, fakeOutput)
	return &wire.ModelInferResponse{ModelName: r.ModelName}, nil
}

// patience ends when a request has waited for too long.
func (f *fake) patience(came time.Time) <-chan time.Time {
	if f.timeout == 0 {
		return nil
	}
	return time.After(time.Until(came.Add(f.timeout)))
}

func count(d *wire.StatisticDuration, t time.Duration) {
	d.Count++
	d.Ns += uint64(t)
}

// fakeSite starts fakes and knows their times.
type fakeSite struct {
	started []*fake
	rounds  int
	broken  bool  // requests fail
	fails   error // what starting a server with two instances fails with
}

func (s *fakeSite) Start(_ context.Context, o repository.Options) (Server, error) {
	if s.fails != nil && len(s.started) >= len(learned) && o.Instances == 2 {
		return nil, s.fails
	}
	f, err := startFake(o)
	if err != nil {
		return nil, err
	}
	f.broken = s.broken && len(s.started) >= len(learned)
	s.started = append(s.started, f)
	return f, nil
}

func (s *fakeSite) Configs(o repository.Options) (map[string]*wire.ModelConfig, error) {
	configs, err := repository.Configs(o, "graph")
	out := map[string]*wire.ModelConfig{}
	for _, c := range configs {
		out[c.Name] = c
	}
	return out, err
}

func (s *fakeSite) Prepare(context.Context, Server) error { return nil }
func (s *fakeSite) Images(string) [][]byte                { return [][]byte{make([]byte, 8)} }

func (s *fakeSite) Learn(context.Context, []Server, string) (learner, error) { return s, nil }

func (s *fakeSite) Round(ctx context.Context, _ time.Duration) error {
	s.rounds++
	return ctx.Err()
}

func (s *fakeSite) Result() (calibration, error) { return s, nil }
func (s *fakeSite) Warnings() []string           { return []string{"it is a fake"} }
func (s *fakeSite) Profile() *profile.Profile {
	return &profile.Profile{Schema: profile.Schema, Name: "fake"}
}

// Scenario is what the fake does.
func (s *fakeSite) Scenario(configs map[string]*wire.ModelConfig, w running.Workload) ([]byte, error) {
	c := configs[repository.Classify]
	text := fmt.Sprintf("[workload]\nconcurrency = %d\n", w.Clients)
	if w.Clients == 0 {
		text = fmt.Sprintf("[workload]\narrivals = \"poisson\"\nrate = \"%g/s\"\n", w.RateRPS)
	}
	text += fmt.Sprintf("[[stage]]\nname = \"classify\"\nworkers = %d\n", c.InstanceGroup[0].Count)
	d := c.GetDynamicBatching()
	if d.PriorityLevels > 0 {
		text += fmt.Sprintf("priority_levels = %d\n", d.PriorityLevels)
	}
	if p := d.GetDefaultQueuePolicy(); p.GetMaxQueueSize() > 0 {
		text += fmt.Sprintf("default_queue_policy = {max_queue_size = %d}\n", p.MaxQueueSize)
	} else if p != nil {
		text += fmt.Sprintf("default_queue_policy = {timeout = \"%dus\"}\n", p.DefaultTimeoutMicroseconds)
	}
	text += fmt.Sprintf("steps = [{name = \"input\", service = \"%v\"}, {name = \"infer\", service = \"%v\"}, {name = \"output\", service = \"%v\"}]\n", fakeInput, fakeInfer, fakeOutput)
	for _, class := range w.Classes {
		text += fmt.Sprintf("[[class]]\nname = %q\nweight = %g\npriority = %d\n", class.Name, class.Weight, class.Priority)
	}
	return []byte(text), nil
}

func quiet(int, int, string) {}

func fakeRun(t *testing.T, s *fakeSite, o Options) (*Report, error) {
	t.Helper()
	o.Measure, o.Rounds, o.once = 300*time.Millisecond, 2, true
	return run(t.Context(), o, s, quiet)
}
