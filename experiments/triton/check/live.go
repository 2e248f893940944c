package check

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"vsim/experiments/load"
	"vsim/experiments/load/remote"
	"vsim/experiments/oip"
	"vsim/experiments/triton/repository"
	"vsim/profile/device/process"
	"vsim/profile/measure/machine"
	"vsim/sim/compile"
)

// Shown is what a live run showed. Cores are those that were busy on average while it was measured.
type Shown struct {
	*load.Result
	Splits      []Split // by model, that of the network first
	ServerCores float64
	OwnCores    float64            // of the load, which is this process
	OtherCores  float64            // of other processes, over the whole run
	ClassS      map[string]float64 // mean latency of the served requests of each class, s
	seed        uint64
}

// served is a server under way.
type served struct {
	Server
	client oip.Client
	images [][]byte // of requests to the model of its cases
}

// start starts the server of a case.
func (v *check) start(ctx context.Context, c *Case) (*served, error) {
	s, err := v.site.Start(ctx, c.Server)
	if err != nil {
		return nil, err
	}
	r := &served{Server: s, images: v.site.Images(c.Model)}
	if r.client, err = oip.Dial(s.GRPC()); err != nil {
		s.Stop()
		return nil, err
	}
	return r, nil
}

// Stop ends the server.
func (r *served) Stop() {
	r.client.Close()
	r.Server.Stop()
}

// models of a case whose statistics are compared: that of the network first.
func (c *Case) models() []string {
	if c.Model == repository.JPEG {
		return []string{repository.Classify, repository.Preprocess}
	}
	return []string{c.Model}
}

// live runs a case's load against its server. built is the system of its prediction: its traffic and its classes are those of the load.
func (r *served) live(ctx context.Context, c *Case, built *compile.Built, round int) (*Shown, error) {
	target, err := remote.New(ctx, r.client, remote.Options{Model: c.Model})
	if err != nil {
		return nil, err
	}
	cfg := load.Config{Source: built.System.Source, WarmUp: warmUp(c.Measure), Measure: c.Measure, Seed: c.seed(round)}
	for i := range built.System.Classes {
		class := &built.System.Classes[i]
		cfg.Classes = append(cfg.Classes, load.Class{Name: class.Name, Weight: class.Weight, Priority: class.Priority, Images: r.images})
	}
	shown, classes := &Shown{seed: cfg.Seed}, &byClass{}
	cfg.Observe = classes.see
	cfg.Meter = func(ctx context.Context, from, to time.Time) (load.Energy, error) {
		classes.from.Store(from.UnixNano())
		return load.Energy{}, r.meter(ctx, c, from, to, shown)
	}
	whole, watch := r.cpuTime(), machine.StartWatch()
	shown.Result, err = load.Run(ctx, target, cfg)
	if err != nil {
		return nil, err
	}
	shown.ClassS = classes.means(cfg.Classes)
	if use := watch.Use(); use.Known {
		shown.OtherCores = max(0, use.Others-float64(r.cpuTime()-whole)/float64(use.Elapsed))
	}
	return shown, nil
}

// meter reads the server's statistics and the processors at both ends of what is measured.
func (r *served) meter(ctx context.Context, c *Case, from, to time.Time, into *Shown) error {
	if !waitUntil(ctx, from) {
		return nil // the load says so
	}
	before, err := statistics(ctx, r.client, c.models())
	if err != nil {
		return err
	}
	began, server, own := time.Now(), r.cpuTime(), ownTime()
	if !waitUntil(ctx, to) {
		return nil
	}
	span := float64(time.Since(began))
	into.ServerCores, into.OwnCores = float64(r.cpuTime()-server)/span, float64(ownTime()-own)/span
	after, err := statistics(ctx, r.client, c.models())
	if err == nil {
		into.Splits = splits(before, after)
	}
	return err
}

// waitUntil waits, and says whether it did not end early.
func waitUntil(ctx context.Context, at time.Time) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(time.Until(at)):
		return true
	}
}

// cpuTime is that of the server in ns, 0 where it is not known.
func (r *served) cpuTime() int64 {
	ns, err := r.CPUTime()
	if err != nil {
		return 0
	}
	return ns
}

// ownTime is the CPU time of this process in ns, 0 where it is not known.
func ownTime() int64 {
	ns, err := process.CPUTime(os.Getpid())
	if err != nil {
		return 0
	}
	return ns
}

// warmUp is how long a load runs before it is measured.
func warmUp(measure time.Duration) time.Duration { return max(time.Second, measure/10) }

// most of the requests that may fail: the server of a live run with more was broken.
const mostFailed = 0.01

// broken says why a live run shows nothing of its case, nil where it does.
func broken(r *Shown) error {
	switch {
	case float64(r.Failed+r.Unanswered) > mostFailed*float64(r.Completed+r.Failed+r.Unanswered):
		return fmt.Errorf("%d requests failed (%s), %d had no answer, %d were answered: it is not compared", r.Failed, r.FirstFailure, r.Unanswered, r.Completed)
	case r.Completed == 0:
		return fmt.Errorf("no request was answered within %v (turned away: %v)", r.Span, r.Dropped)
	case len(r.Splits) == 0 || r.Splits[0].Served == 0:
		return errors.New("the server's statistics count no request")
	}
	return nil
}

// dropped is the part of the answered requests that was turned away for a reason.
func (r *Shown) dropped(reason string) float64 {
	all := r.Completed + r.Failed
	for _, n := range r.Dropped {
		all += n
	}
	return over(float64(r.Dropped[reason]), float64(all))
}

// byClass sums up latencies by class.
type byClass struct {
	from atomic.Int64 // Unix time from which requests count, ns; 0 before it is known
	mu   sync.Mutex
	sums [maxClasses]float64
	n    [maxClasses]int
}

// maxClasses is more than cases have.
const maxClasses = 8

// see counts a request that was due since measuring began, and was served.
func (b *byClass) see(s load.Seen) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if from := b.from.Load(); from > 0 && s.Due.UnixNano() >= from && s.Err == nil && s.Dropped == "" {
		b.sums[s.Class] += s.Came.Sub(s.Due).Seconds()
		b.n[s.Class]++
	}
}

func (b *byClass) means(classes []load.Class) map[string]float64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := map[string]float64{}
	for i, c := range classes {
		out[c.Name] = over(b.sums[i], float64(b.n[i]))
	}
	return out
}
