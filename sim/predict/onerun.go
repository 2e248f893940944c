package predict

import (
	"context"
	"fmt"
	"math"
	"time"

	"golang.org/x/sync/errgroup"

	"vsim/sim/engine"
	"vsim/sim/engine/event"
)

const (
	replicates = 16
	fresh      = 1 << 20 // the number of the first replicate: its random numbers are no replication's
	affordable = 0.8     // part of the study's events that intervals of one run may take
	overrun    = 4       // times the events that a replicate is expected to take, where it is stopped
)

// plan says how the replicates of a live run are simulated.
type plan struct {
	n            int
	horizon      time.Duration // of the live run
	warmUp, span time.Duration // of each
	part         float64       // of what the live run shows
	events       int64         // at which one is stopped
}

// oneRun simulates what a live run of the horizon's length will show, with as many events as the study itself took. It is nil
// where there is no such run: traffic that ends was not simulated to its end, or nothing was simulated. Of traffic that repeats
// itself only whole cycles count.
func (s *study) oneRun(ctx context.Context, p *Prediction) (*PI, error) {
	if finite(s.sys) {
		return s.oneWhole(ctx, p)
	}
	if c := cycle(s.sys); c > s.opt.Horizon {
		return noPI(s.opt.Horizon, fmt.Sprintf("what a run shows that is shorter than the %v after which the traffic repeats itself", c)), nil
	}
	if s.day != nil {
		return noPI(s.opt.Horizon, "what a run over the whole of the traffic's cycle shows, "+s.day.shown()), nil
	}
	way, ok := s.plan()
	if !ok {
		return nil, nil
	}
	fixed, drawn, err := s.replicate(ctx, p, way.n, func(sys *engine.System, i int) (*engine.Run, engine.Window, error) {
		return way.simulate(sys, i)
	}, nil)
	if err != nil {
		return nil, err
	}
	return s.pi(p, &way, fixed, drawn), nil
}

// warmUp is that of live runs: a tenth of what is measured, a second at least.
func warmUp(span time.Duration) time.Duration { return max(time.Second, span/10) }

// replicates is their number: those of a brief study are so large that each tells much, and half of them will do.
func (s *study) replicates() int {
	if s.brief() {
		return replicates / 2
	}
	return replicates
}

// plan makes the replicates as long as the live run, or where that takes too many events as long as those allow.
func (s *study) plan() (w plan, ok bool) {
	horizon := s.opt.Horizon
	if c := cycle(s.sys); c > 0 {
		horizon -= horizon % c
	}
	simulated := 0.0
	for _, r := range s.runs {
		simulated += float64(r.Now())
	}
	if horizon <= 0 || simulated == 0 {
		return w, false
	}
	arms := 1.0
	if s.opt.Resample != nil {
		arms = 2
	}
	perNs := float64(s.events()) / simulated
	each := affordable * float64(s.events()) / replicates / arms / perNs // ns that a replicate may have
	w = plan{n: s.replicates(), horizon: horizon, warmUp: warmUp(horizon), span: horizon, part: 1}
	if float64(w.warmUp+w.span) > each {
		w.warmUp = time.Duration(min(float64(w.warmUp), each/4))
		w.span = time.Duration(each) - w.warmUp
		if c := cycle(s.sys); c > 0 {
			w.span -= w.span % c
		}
	}
	w.part = float64(w.span) / float64(horizon) / s.sideBySide()
	w.events = int64(overrun * perNs * float64(w.warmUp+w.span))
	return w, w.span > 0 && event.Time(w.warmUp+w.span) < s.runs[0].Horizon()
}

// sideBySide is how many systems of a fleet each have a chance of their own.
func (s *study) sideBySide() float64 {
	if s.opt.Independent {
		return s.opt.Fleet
	}
	return 1
}

// simulate makes one replicate, and gives what it showed after its warm-up.
func (w *plan) simulate(sys *engine.System, number int) (*engine.Run, engine.Window, error) {
	r, err := engine.New(sys, fresh+number)
	if err != nil {
		return nil, engine.Window{}, err
	}
	r.Until(event.Time(w.warmUp+w.span), w.events, mayHold(sys)) // where it is stopped, what came so far counts
	n, length := r.Blocks()
	first := n - int(math.Round(float64(w.span)/float64(length)))
	return r, r.Glance(min(max(first, 0), n)), nil
}

// oneWhole is that of traffic that ends, which a live run has to its end: the study's replications are such runs.
func (s *study) oneWhole(ctx context.Context, p *Prediction) (*PI, error) {
	if !s.settled() {
		return nil, nil
	}
	events := overrun * s.events() / int64(len(s.runs))
	fixed, drawn, err := s.replicate(ctx, p, len(s.runs), func(sys *engine.System, i int) (*engine.Run, engine.Window, error) {
		r, err := engine.New(sys, i)
		if err != nil {
			return nil, engine.Window{}, err
		}
		r.Until(r.Horizon()-1, events, mayHold(sys))
		return r, r.Glance(0), nil
	}, s.windows)
	if err != nil {
		return nil, err
	}
	span := time.Duration(0)
	for i := range s.windows {
		span += s.windows[i].Span / time.Duration(len(s.windows))
	}
	return s.pi(p, &plan{n: len(s.runs), horizon: span, span: span, part: 1 / s.sideBySide()}, fixed, drawn), nil
}

// replicate simulates n pairs of runs on all cores: of the system as it is, if those runs are not there yet, and with
// times drawn anew.
func (s *study) replicate(ctx context.Context, p *Prediction, n int, run func(*engine.System, int) (*engine.Run, engine.Window, error), have []engine.Window) (fixed, drawn []shown, err error) {
	fixed, drawn = make([]shown, n), make([]shown, n)
	for i := range have {
		fixed[i].see(&have[i])
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(cores())
	one := func(into *shown, sys *engine.System, i int) error {
		r, w, err := run(sys, i)
		if err == nil {
			into.see(&w)
			into.cost = RunInfo{Events: r.Events(), Requests: r.Completed(), SimS: float64(r.Now()) * 1e-9}
		}
		return err
	}
	for i := range n {
		g.Go(func() error {
			if err := ctx.Err(); err != nil || have != nil {
				return err
			}
			return one(&fixed[i], s.sys, i)
		})
		g.Go(func() error {
			if err := ctx.Err(); err != nil || s.opt.Resample == nil {
				return err
			}
			sys, err := s.opt.Resample(i)
			if err != nil {
				return err
			}
			return one(&drawn[i], sys, i)
		})
	}
	if err := g.Wait(); err != nil {
		return nil, nil, err
	}
	for i := range n {
		for _, c := range []*RunInfo{&fixed[i].cost, &drawn[i].cost} {
			p.Run.Events += c.Events
			p.Run.Requests += c.Requests
			p.Run.SimS += c.SimS
		}
	}
	if s.opt.Resample == nil {
		drawn = nil
	}
	return fixed, drawn, nil
}

// shown is what a live run shows; latencies are ns, NaN where no request was done.
type shown struct {
	throughput, dropped, mean float64
	batch                     float64 // requests that leave together
	offered                   float64 // requests that arrived, a second
	fastest                   float64 // the least latency
	quantiles                 [5]float64
	precision                 [5]float64 // of the quantiles, relative
	cost                      RunInfo
}

// quantilesShown are the quantiles that a live run shows.
var quantilesShown = [5]float64{0.5, 0.9, 0.95, 0.99, 0.999}

func (o *shown) see(w *engine.Window) {
	o.throughput, o.dropped, o.mean = rate(w), droppedShare(w), w.Latency.Mean()
	for i := range w.Pools {
		o.batch = max(o.batch, over(w.Pools[i].Requests, w.Pools[i].Batches))
	}
	o.offered, o.fastest = float64(w.Arrived)/w.Span.Seconds(), float64(w.Latency.Min())
	for i, q := range quantilesShown {
		o.quantiles[i] = math.NaN()
		if w.Latency.Count() > 0 {
			ns := w.Latency.Quantile(q)
			o.quantiles[i] = float64(ns)
			o.precision[i] = float64(w.Latency.Precision(ns)) / float64(max(ns, 1))
		}
	}
	if w.Latency.Count() == 0 {
		o.mean = math.NaN()
	}
}

// edges is the least variance of the logarithm of a count in a live run. Requests leave in batches, and where a window begins and ends between two of them is
// chance: the count is off by two uniform parts of a batch. Replicates that keep in step with each other do not show it.
func edges(fixed []shown, count float64) float64 {
	batch := 0.0
	for i := range fixed {
		batch += fixed[i].batch / float64(len(fixed))
	}
	if count <= 0 {
		return 0
	}
	return math.Pow(batch/count, 2) / 6
}

// pi makes the intervals of what the replicates have shown.
func (s *study) pi(p *Prediction, way *plan, fixed, drawn []shown) *PI {
	latency, throughput := latencyBounds(way, fixed, drawn), s.throughputBounds(way, fixed)
	spread := func(long Estimate, on *scale, unit float64, within bounds, counted bool, of func(*shown) (value, precision float64)) Spread {
		if math.IsNaN(long.Value) {
			return noSpread()
		}
		c := sample{part: way.part, long: long.Value}
		for i := range fixed {
			v, precision := of(&fixed[i])
			c.fixed, c.precision = append(c.fixed, v*unit), max(c.precision, precision)
			if drawn != nil {
				v, _ = of(&drawn[i])
				c.drawn = append(c.drawn, v*unit)
			}
		}
		if counted && !finite(s.sys) {
			c.edges = edges(fixed, long.Value*way.horizon.Seconds())
		}
		out := c.spread(on)
		out.keep(within, 1)
		return out
	}
	quantile := func(long Estimate, i int) Spread {
		return spread(long, logarithmic, 1e-9, latency, false, func(o *shown) (float64, float64) { return o.quantiles[i], o.precision[i] })
	}
	l := &p.LatencyS
	pi := &PI{
		HorizonS: way.horizon.Seconds(), SimulatedS: way.span.Seconds(), Replicates: way.n,
		ThroughputRPS: spread(p.ThroughputRPS, logarithmic, 1, throughput, true, func(o *shown) (float64, float64) { return o.throughput, 0 }),
		DroppedShare:  spread(p.Dropped.Share, linear, 1, bounds{0, 1}, false, func(o *shown) (float64, float64) { return o.dropped, 0 }),
		LatencyS: SpreadOfLatency{
			Mean: spread(l.Mean, logarithmic, 1e-9, latency, false, func(o *shown) (float64, float64) { return o.mean, 0 }),
			P50:  quantile(l.P50, 0), P90: quantile(l.P90, 1), P95: quantile(l.P95, 2), P99: quantile(l.P99, 3), P999: quantile(l.P999, 4),
		},
	}
	pi.LatencyS.order()
	return pi
}
