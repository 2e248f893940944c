package plan

import (
	"context"
	"fmt"
	"math"
	"time"

	"vsim/sim"
	"vsim/sim/predict"
	"vsim/sim/scenario"
)

// level is how closely a candidate is simulated.
type level int

const (
	quick level = iota // enough to tell most candidates from those that hold
	fine               // for numbers that are compared with each other
	full               // as the scenario's own [run] table says, but for mostEvents, with what one live run will show
)

// goals are the keys of a level; a scenario that asks for less work gets that.
func (l level) goals(run *scenario.Run) []scenario.Override {
	set := func(throughput, p99 float64, events int64) []scenario.Override {
		return []scenario.Override{{Key: "run.throughput_goal", Value: max(throughput, run.ThroughputGoal)}, {Key: "run.p99_goal", Value: max(p99, run.P99Goal)},
			{Key: "run.max_events", Value: min(events, run.MaxEvents)}}
	}
	switch l {
	case quick:
		return set(0.1, 0.2, 3_000_000)
	case fine:
		return set(0.05, 0.05, 10_000_000)
	}
	return []scenario.Override{{Key: "run.max_events", Value: min(mostEvents, run.MaxEvents)}}
}

// mostEvents are what a plan is worth; one that takes more to be sure of is too near to what can be served.
const mostEvents = 40_000_000

// trial is what a candidate showed at the load that was asked for.
type trial struct {
	v       *variant
	size    size
	level   level
	verdict verdict
	p       *sim.Prediction
}

// simulate predicts a candidate at a load.
func (s *search) simulate(ctx context.Context, v *variant, z size, rps float64, l level, more ...scenario.Override) (*sim.Prediction, error) {
	key := fmt.Sprintf("%s|%v|%v", v.offer.name, v.settings, z)
	if t := s.trials[key]; t != nil && t.level >= l && rps == s.rps && len(more) == 0 {
		return t.p, nil
	}
	s.runs++
	p, err := sim.Predict(ctx, s.source(v, z, rps, append(l.goals(&s.example.Run), more...)...), sim.Options{NoWhatIf: true, NoPI: l != full, Limits: s.limits()})
	if err != nil {
		return nil, err
	}
	if rps == s.rps {
		if s.trials[key] == nil {
			s.order = append(s.order, key)
		}
		s.trials[key] = &trial{v, z, l, judge(p, s.slos), p}
	}
	return p, nil
}

// Limits of what a closer look is worth.
const (
	closest   = 0.005 // the finest goal for p99
	sharpened = 0.15  // the least part of an interval that a closer look may need to be of it
)

// verify simulates a candidate in full, and closer where its intervals reach across a limit. What is just too much takes longest to
// show it: a fine simulation rules it out first.
func (s *search) verify(ctx context.Context, v *variant, z size) (*sim.Prediction, bool, error) {
	p, err := s.simulate(ctx, v, z, s.rps, fine)
	if err != nil || judge(p, s.slos).fails() {
		return p, false, err
	}
	if p, err = s.simulate(ctx, v, z, s.rps, full); err != nil {
		return nil, false, err
	}
	j := judge(p, s.slos)
	if j.holds() || j.point >= 1 || math.IsNaN(j.high) {
		return p, j.holds(), nil
	}
	part := 0.8 * (1 - j.point) / (j.high - j.point)
	if part < sharpened {
		return p, false, nil
	}
	goal := max(part*p.LatencyS.P99.RelativeHalfWidth(), closest)
	p, err = s.simulate(ctx, v, z, s.rps, full, scenario.Override{Key: "run.p99_goal", Value: goal})
	if err != nil {
		return nil, false, err
	}
	return p, judge(p, s.slos).holds(), nil
}

// overloaded says that a prediction's system takes in more than it serves.
func overloaded(p *sim.Prediction) bool { return p.Verdict == predict.Overloaded }

// limits are those of the objectives that are about latencies of all requests: a simulation ends that is above one beyond doubt.
func (s *search) limits() (out []predict.MostLatency) {
	for _, o := range s.slos {
		if q := quantiles[o.Metric]; q > 0 && o.Class == "" {
			out = append(out, predict.MostLatency{Quantile: q, Most: time.Duration(o.Limit * 1e9)})
		}
	}
	return out
}
