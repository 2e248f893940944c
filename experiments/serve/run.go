package serve

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"gonum.org/v1/gonum/stat"

	"vsim/profile/device"
	"vsim/profile/device/gpu"
)

// Result is what one live run showed between the end of its warm-up and the end of its load.
type Result struct {
	ThroughputRPS float64
	LatencyS      []float64 // of every request that succeeded, sorted, seconds
	Stages        []Stage
	Completed     int
	Failed        int
	Unanswered    int    // open loop: sent but not answered in time
	FirstFailure  string // what the first failed request said
	Span          time.Duration
	Energy        Energy // of the machine during Span
}

// Stage is the mean time that a request spent in one part of the server, in seconds, named as in
// predictions.
type Stage struct {
	Name  string
	MeanS float64
}

// Quantile returns the empirical quantile of the latencies in seconds; p within 0..1.
func (r *Result) Quantile(p float64) float64 {
	return stat.Quantile(p, stat.Empirical, r.LatencyS, nil)
}

// Mean returns the mean latency in seconds.
func (r *Result) Mean() float64 { return stat.Mean(r.LatencyS, nil) }

// drain is how long an open loop waits for answers after its last request.
const drain = 10 * time.Second

// Run starts a server, puts the load on it and measures. A request that fails (a broken picture) is
// counted and the rest go on; only a server that cannot start, or an interrupt, is an error.
func Run(ctx context.Context, cfg ServerConfig, load Load) (*Result, error) {
	if err := checkConfig(cfg, load); err != nil {
		return nil, err
	}
	s, err := start(cfg)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	if cfg.GPU != nil && cfg.GPU.Ready {
		if err := s.prepare(cfg, load.Images); err != nil {
			return nil, err
		}
	}
	// Every worker gets a processor of Go's scheduler, and so does the client: that cores are shared by
	// more threads than there are is for the kernel to decide, as in servers that are not written in Go.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cfg.Workers + cfg.Instances + 2))

	begin := time.Now()
	end := begin.Add(load.WarmUp + load.Measure)
	c := collector{from: begin.Add(load.WarmUp), to: end, open: load.Clients == 0, parts: cfg.parts()}
	missing := 0
	energy := meter(ctx, cfg.GPU, c.from, c.to)
	if load.Clients > 0 {
		closedLoop(ctx, s, &load, end, c.got)
	} else {
		missing = openLoop(ctx, s, &load, begin, end, drain, c.got)
	}
	used, err := energy()
	if ctxErr := ctx.Err(); ctxErr != nil {
		return nil, ctxErr
	}
	if err != nil {
		return nil, err
	}
	r := c.result(load.Measure, missing)
	r.Energy = used
	return r, nil
}

func checkConfig(cfg ServerConfig, load Load) error {
	if cfg.Instances < 1 || cfg.MaxBatch < 1 || cfg.MaxQueueDelay < 0 || (cfg.Workers < 1) != cfg.direct() || cfg.Threads < 1 && cfg.GPU == nil {
		return fmt.Errorf("live server: %d workers, %d instances of %d threads, batches of %d, delay %v: each must be at least 1, the delay not negative; there are no workers where no CPU preprocesses",
			cfg.Workers, cfg.Instances, cfg.Threads, cfg.MaxBatch, cfg.MaxQueueDelay)
	}
	if (load.Clients > 0) == (load.RateRPS > 0) || load.Measure <= 0 || len(load.Images) == 0 {
		return fmt.Errorf("live load: %d clients and %g requests/s for %v with %d image sets: give either clients or a rate, a time and images",
			load.Clients, load.RateRPS, load.Measure, len(load.Images))
	}
	for _, i := range load.Images {
		if len(i.Files) == 0 || !(i.Weight > 0) {
			return fmt.Errorf("live load: image set %q has %d files and weight %g", i.Name, len(i.Files), i.Weight)
		}
	}
	return nil
}

// collector keeps what falls into the measured window: in a closed loop the answers that come within
// it, in an open loop the requests that were due within it.
type collector struct {
	from, to time.Time
	open     bool
	parts    []namedPart

	mu      sync.Mutex
	latency []float64
	sum     Spans
	answers int // that came within the window
	failed  int
	first   string
}

func (c *collector) got(r *request) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	answered := !now.Before(c.from) && now.Before(c.to)
	mine := answered
	if c.open {
		mine = !r.due.Before(c.from)
	}
	if r.err != nil {
		if mine {
			c.failed++
		}
		if c.first == "" {
			c.first = r.err.Error()
		}
		return
	}
	if answered {
		c.answers++
	}
	if mine {
		c.latency = append(c.latency, now.Sub(r.due).Seconds())
		c.sum.add(&r.spans)
	}
}

func (s *Spans) add(o *Spans) {
	s.PreprocessQueue += o.PreprocessQueue
	s.Decode += o.Decode
	s.Resize += o.Resize
	s.InferenceQueue += o.InferenceQueue
	s.Copy += o.Copy
	s.Infer += o.Infer
	s.Post += o.Post
	s.H2D += o.H2D
	s.D2H += o.D2H
	s.Batch += o.Batch
}

// namedPart is a part of the server as reports name it.
type namedPart struct {
	name string
	ns   func(*Spans) int64
}

// parts are those of this server, in the order in which a request meets them.
func (cfg *ServerConfig) parts() []namedPart {
	preprocessQueue := namedPart{"preprocess queue", func(s *Spans) int64 { return s.PreprocessQueue }}
	inferenceQueue := namedPart{"inference queue", func(s *Spans) int64 { return s.InferenceQueue }}
	decode := namedPart{device.Decode, func(s *Spans) int64 { return s.Decode }}
	resize := namedPart{device.Resize, func(s *Spans) int64 { return s.Resize }}
	copied := namedPart{device.Copy, func(s *Spans) int64 { return s.Copy }}
	h2d := namedPart{gpu.H2D, func(s *Spans) int64 { return s.H2D }}
	infer := namedPart{device.Infer, func(s *Spans) int64 { return s.Infer }}
	d2h := namedPart{gpu.D2H, func(s *Spans) int64 { return s.D2H }}
	post := namedPart{device.Post, func(s *Spans) int64 { return s.Post }}
	switch {
	case cfg.onGPU():
		return []namedPart{inferenceQueue, decode, resize, infer, d2h, post}
	case cfg.direct():
		return []namedPart{inferenceQueue, copied, h2d, infer, d2h, post}
	case cfg.GPU != nil:
		return []namedPart{preprocessQueue, decode, resize, inferenceQueue, copied, h2d, infer, d2h, post}
	}
	return []namedPart{preprocessQueue, decode, resize, inferenceQueue, copied, infer, post}
}

func (c *collector) result(span time.Duration, missing int) *Result {
	c.mu.Lock()
	defer c.mu.Unlock()
	slices.Sort(c.latency)
	r := &Result{
		ThroughputRPS: float64(c.answers) / span.Seconds(), LatencyS: c.latency,
		Completed: len(c.latency), Failed: c.failed, FirstFailure: c.first, Unanswered: missing, Span: span,
	}
	for _, p := range c.parts {
		r.Stages = append(r.Stages, Stage{p.name, float64(p.ns(&c.sum)) * 1e-9 / float64(max(len(c.latency), 1))})
	}
	return r
}
