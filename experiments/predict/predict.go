package predict

import (
	"context"
	"fmt"
	"math"
	"time"

	"golang.org/x/sync/errgroup"

	"vsim/sim"
	"vsim/sim/event"
	"vsim/sim/stats"
)

const (
	level         = 0.95
	firstHorizon  = 64 * 100 * time.Microsecond // when a run's history has first filled up
	minCompleted  = 20_000                      // in all, before intervals are looked at
	inARow        = 3                           // rounds that must meet the goals before a study stops
	warmup        = 4                           // the first quarter of a run is left out
	minTurnovers  = 200                         // times that a window's completions are the requests inside
	maxMemory     = 0.15                        // correlation of neighbouring blocks; see correlation
	quiet         = 0.01                        // blocks that vary by less, relatively, have nothing to remember
	maxInside     = 1 << 20                     // requests inside one replication before it counts as overloaded
	defaultEvents = 400_000_000
)

// Run simulates independent replications of a system on all cores until the goals on the intervals
// are met, and returns the prediction. The result does not depend on the number of cores. Run.Scenario
// and Run.Profile are left to the caller. progress may be nil; it gets the part that is done, 0 to 1.
func Run(ctx context.Context, sys *sim.System, opt Options, progress func(done float64)) (*Prediction, error) {
	opt = opt.withDefaults()
	began := time.Now()
	s := study{sys: sys, opt: opt}
	for rep := range opt.Replications {
		r, err := sim.New(sys, rep)
		if err != nil {
			return nil, err
		}
		s.runs = append(s.runs, r)
	}
	if err := s.simulate(ctx, progress); err != nil {
		return nil, err
	}
	p := s.prediction()
	p.Run.WallS = time.Since(began).Seconds()
	return p, nil
}

func (o Options) withDefaults() Options {
	if o.Replications == 0 {
		o.Replications = 8
	}
	if o.ThroughputGoal == 0 {
		o.ThroughputGoal = 0.01
	}
	if o.P99Goal == 0 {
		o.P99Goal = 0.05
	}
	if o.MaxEvents == 0 {
		o.MaxEvents = defaultEvents
	}
	return o
}

// study is a prediction in the making.
type study struct {
	sys  *sim.System
	opt  Options
	runs []*sim.Run

	drop       int // blocks of warm-up
	windows    []sim.Window
	throughput stats.Interval
	p99        stats.Interval
	memory     float64 // correlation of neighbouring blocks
	met        int     // rounds in a row in which the goals were met
	verdict    string  // why it stopped, when not because the goals were met
}

// simulate lengthens all replications, by a third or a half each round, until the goals are met.
func (s *study) simulate(ctx context.Context, progress func(float64)) error {
	for horizon := firstHorizon; ; {
		for _, end := range []time.Duration{horizon, horizon + horizon/2} {
			ended, err := s.advance(ctx, end)
			if err != nil {
				return err
			}
			s.look()
			if progress != nil {
				progress(s.done())
			}
			if s.met++; s.done() < 1 {
				s.met = 0
			}
			if s.met == inARow {
				return nil
			}
			if s.overloaded() {
				return nil
			}
			if !ended && s.flooded() {
				s.overload()
				return nil
			}
			if !ended {
				s.verdict = fmt.Sprintf("stopped after %d events before the intervals were as narrow as asked: throughput ±%.1f %%, p99 ±%.1f %%",
					s.events(), 100*s.throughput.RelativeHalfWidth(), 100*s.p99.RelativeHalfWidth())
				return nil
			}
		}
		horizon *= 2
	}
}

// advance takes every replication to the same simulated time, two or more at once on as many cores.
func (s *study) advance(ctx context.Context, end time.Duration) (ended bool, err error) {
	perRun := s.opt.MaxEvents / int64(len(s.runs))
	reached := make([]bool, len(s.runs))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(cores())
	for i, r := range s.runs {
		g.Go(func() error {
			// In slices, so that an interrupt is noticed.
			for !reached[i] && ctx.Err() == nil {
				before := r.Events()
				reached[i] = r.Until(event.Time(end), min(before+1<<22, perRun), maxInside)
				if !reached[i] && r.Events()-before < 1<<22 {
					break
				}
			}
			return ctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return false, err
	}
	ended = true
	for _, ok := range reached {
		ended = ended && ok
	}
	return ended, nil
}

// look takes the warm-up off and works out the intervals.
func (s *study) look() {
	s.drop = s.blocks() / warmup
	s.windows = s.windows[:0]
	var rates []float64
	var latency []*stats.Histogram
	for _, r := range s.runs {
		s.windows = append(s.windows, r.Since(s.drop))
	}
	for i := range s.windows {
		w := &s.windows[i]
		rates = append(rates, float64(w.Completed)/w.Span.Seconds())
		latency = append(latency, &w.Latency)
	}
	s.throughput = stats.MeanInterval(rates, level)
	s.p99 = stats.QuantileInterval(latency, 0.99, level)
	s.memory = s.correlation()
}

// correlation returns the correlation of the mean latencies of neighbouring blocks, over all
// replications, from the warm-up on: how well a block remembers the one before. Blocks of twice the
// relaxation time of what happens in a run have 0.3, so that 0.3 makes a run of 32 to 64 blocks some
// hundred relaxation times long. Intervals of shorter runs are too narrow just when the sample is too
// good, and stopping for their narrowness picks those. A warm-up that goes on shows here, too.
// (It is a fixed part of the run: a rule that looks at the data, like MSER, can cut off bad luck along
// with it. With MSER instead, 100 studies of M/M/1 at load 0.8 had means 0.9 % too low, with this 0.4 %.)
func (s *study) correlation() float64 {
	mean, n := 0.0, 0.0
	each := func(f func(r *sim.Run, i int)) {
		for _, r := range s.runs {
			for i := s.drop; i < s.blocks(); i++ {
				f(r, i)
			}
		}
	}
	latency := func(r *sim.Run, i int) float64 {
		completed, ns := r.BlockLatency(i)
		return float64(ns) / max(float64(completed), 1)
	}
	each(func(r *sim.Run, i int) { mean += latency(r, i); n++ })
	mean /= n
	var products, squares float64
	each(func(r *sim.Run, i int) {
		d := latency(r, i) - mean
		squares += d * d
		if i > s.drop {
			products += d * (latency(r, i-1) - mean)
		}
	})
	if squares <= n*quiet*quiet*mean*mean {
		return 0
	}
	return products / squares
}

// blocks is the number of blocks that all replications have.
func (s *study) blocks() int {
	n := math.MaxInt
	for _, r := range s.runs {
		have, _ := r.Blocks()
		n = min(n, have)
	}
	return n
}

// done estimates how much of the work is done: intervals shrink with the root of the run's length.
func (s *study) done() float64 {
	completed, turnovers := 0.0, math.Inf(1)
	for i := range s.windows {
		w := &s.windows[i]
		completed += float64(w.Completed)
		if w.Inside > 0 {
			turnovers = min(turnovers, float64(w.Completed)/w.Inside)
		}
	}
	// A window may cut off as many completions at its ends as there are requests inside. In a system that
	// runs in step, all replications cut the same, and their agreement says nothing.
	done := min(completed/minCompleted, turnovers/minTurnovers)
	for _, part := range []struct{ have, goal float64 }{
		{s.throughput.RelativeHalfWidth(), s.opt.ThroughputGoal},
		{s.p99.RelativeHalfWidth(), s.opt.P99Goal},
	} {
		if part.have > 0 {
			done = min(done, (part.goal/part.have)*(part.goal/part.have))
		}
	}
	if s.memory > maxMemory {
		done = min(done, maxMemory/s.memory/2)
	}
	return min(done, 1)
}

// overloaded stops an open loop that takes in more than it can serve: it has no steady state.
func (s *study) overloaded() bool {
	if s.sys.Source.Gap == nil || s.blocks() == 0 {
		return false
	}
	n := s.blocks()
	var middle, last, completed float64
	for _, r := range s.runs {
		middle += r.BlockInside(n / 2)
		last += r.BlockInside(n - 1)
		completed += float64(r.Completed())
	}
	growing := last > 1.5*middle && last > 64*float64(len(s.runs)) && completed > minCompleted
	if !growing || s.throughput.High > 0.99*s.offered() {
		return false
	}
	s.overload()
	return true
}

// flooded says that a replication ended because too many requests were inside.
func (s *study) flooded() bool {
	for _, r := range s.runs {
		if s.sys.Source.Gap != nil && r.Inside() > maxInside {
			return true
		}
	}
	return false
}

// offered is the mean rate of an open loop's arrivals.
func (s *study) offered() float64 { return 1e9 / s.sys.Source.Gap.Mean() }

func (s *study) overload() {
	s.verdict = fmt.Sprintf("overloaded: %.4g requests/s arrive but only %.4g/s can be served; the queue grows without bound and so do the latencies",
		s.offered(), s.throughput.Value)
}

func (s *study) events() (n int64) {
	for _, r := range s.runs {
		n += r.Events()
	}
	return n
}
