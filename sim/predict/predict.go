package predict

import (
	"context"
	"math"
	"time"

	"vsim/sim/engine"
	"vsim/sim/engine/event"
	"vsim/sim/engine/stats"
	"vsim/sim/topology"
)

const (
	level         = 0.95
	firstHorizon  = 64 * 100 * time.Microsecond // when a run's history has first filled up
	maxInside     = 1 << 18                     // requests of an open loop inside one replication before it is stopped,
	insideEach    = 256                         // or of a large one that many for each pool
	manyPools     = 256                         // of a system of which few replications show enough
	defaultEvents = 400_000_000
	finest        = 0.005 // goal for a quantile
)

// Run simulates independent replications of a system on all cores until the goals on the intervals
// are met, or it is plain that the system is overloaded, and returns the prediction. Traffic that ends is
// simulated once a replication, from the first request's arrival until the last one has left: nothing is
// taken for warm-up, and the goals do not apply. Then Run tries what would help. The result does not depend on the number of cores. What only the
// compiler knows (Run.Scenario, Run.Profile, Notes, Scenario) is left to the caller. progress may be nil; it gets the part that is done, 0 to 1.
func Run(ctx context.Context, sys *engine.System, top *topology.Topology, opt Options, progress func(done float64)) (*Prediction, error) {
	opt = opt.withDefaults(sys)
	began := time.Now()
	s, err := newStudy(sys, top, opt)
	if err != nil {
		return nil, err
	}
	if err := s.simulate(ctx, progress); err != nil {
		return nil, err
	}
	if err := s.tooLong(); err != nil {
		return nil, err
	}
	p := s.prediction()
	if opt.Rounds {
		p.Rounds = s.shownByRounds()
		if s.day != nil {
			p.Rounds = append(p.Rounds, s.wholeCycle())
		}
	}
	if s.day != nil {
		p.Notes = append(p.Notes, s.day.note(cycle(sys)))
	}
	if !opt.NoWhatIf && !math.IsNaN(p.ThroughputRPS.Value) {
		if err := s.improve(ctx, p); err != nil {
			return nil, err
		}
	}
	if !opt.NoPI {
		if p.PI, err = s.oneRun(ctx, p); err != nil {
			return nil, err
		}
	}
	p.of(opt.Fleet)
	p.Series = p.History.series(sys)
	p.Run.WallS = time.Since(began).Seconds()
	return p, nil
}

func (o Options) withDefaults(sys *engine.System) Options {
	if o.Replications == 0 {
		o.Replications = 8
		if len(sys.Pools) >= manyPools {
			o.Replications = 4
		}
	}
	if o.ThroughputGoal == 0 {
		o.ThroughputGoal = 0.01
	}
	if o.P99Goal == 0 {
		o.P99Goal = 0.05
	}
	o.P99Goal = max(o.P99Goal, finest)
	if o.MaxEvents == 0 {
		o.MaxEvents = defaultEvents
	}
	if o.Horizon == 0 {
		o.Horizon = DefaultHorizon
	}
	o.Fleet = max(o.Fleet, 1)
	return o
}

// study is replications of a system that are lengthened side by side, round by round.
type study struct {
	sys  *engine.System
	top  *topology.Topology
	opt  Options
	runs []*engine.Run

	windows    []engine.Window // of each replication, from the warm-up on
	throughput stats.Interval
	p99        stats.Interval
	memory     float64 // correlation of neighbouring blocks
	met        int     // rounds in a row in which the goals were met
	grown      int     // rounds in a row in which the number inside grew
	rounds     []round
	above      int // rounds in a row in which a latency was above its limit, see Options.Limits
	still      int // rounds in a row in which intervals were hardly narrower than in a sixteenth of the time

	flooded    bool // a replication was stopped because of the number of requests inside, or where the clock ends
	most       int  // requests that might be inside in the last round; 0 where the clock ends
	overloaded bool
	clockEnded bool   // it stopped because times so long do not fit the clock
	doubt      string // why it stopped, when not because of the goals or of overload

	aside     RunInfo // events, requests and seconds that were simulated of single moments or portions of a cycle
	day       *day    // what was simulated in place of a whole cycle of the traffic; nil where that is not too much
	unsampled bool    // that is no use
}

// round is what the replications had shown at the end of a round, with which a what-if run is compared.
type round struct {
	end                event.Time
	done               bool
	rates, means, p99s []float64 // by replication; latencies in ns
	p50s, joules       []float64
	turned             float64 // see study.turned
}

func newStudy(sys *engine.System, top *topology.Topology, opt Options) (*study, error) {
	s := &study{sys: sys, top: top, opt: opt}
	for rep := range opt.Replications {
		r, err := engine.New(sys, rep)
		if err != nil {
			return nil, err
		}
		s.runs = append(s.runs, r)
	}
	return s, nil
}

// simulate lengthens all replications, by a third or a half each round, until the goals are met or the
// traffic has ended.
func (s *study) simulate(ctx context.Context, progress func(float64)) error {
	for horizon := firstHorizon; ; horizon *= 2 {
		for _, end := range []time.Duration{horizon, horizon + horizon/2} {
			if s.opt.Until > 0 && !finite(s.sys) {
				end = min(end, s.opt.Until)
			}
			reached, err := s.advance(ctx, event.Time(end))
			if err != nil {
				return err
			}
			s.look()
			if !reached {
				s.giveUp()
				return nil
			}
			s.remember(event.Time(end))
			if progress != nil {
				progress(s.done())
			}
			if s.unaffordable() {
				done, err := s.sampleCycle(ctx, progress)
				if done || err != nil {
					return err
				}
				s.unsampled = true
			}
			if s.enough(end) {
				return nil
			}
		}
	}
}

// remember keeps what the replications have shown so far.
func (s *study) remember(end event.Time) {
	r := round{end: end, done: finite(s.sys) && s.settled()}
	r.turned = s.turned()
	for i := range s.windows {
		w := &s.windows[i]
		r.rates = append(r.rates, rate(w))
		r.means = append(r.means, w.Latency.Mean())
		r.p99s = append(r.p99s, float64(w.Latency.Quantile(0.99)))
		r.p50s = append(r.p50s, float64(w.Latency.Quantile(0.5)))
		if s.opt.Rounds {
			full := s.runs[i].Since(s.warmup(s.runs[i]))
			r.joules = append(r.joules, s.energyOnce(&full))
		}
	}
	s.rounds = append(s.rounds, r)
}

// events is how many have been simulated, those aside included.
func (s *study) events() int64 {
	n := s.aside.Events
	for _, r := range s.runs {
		n += r.Events()
	}
	return n
}
