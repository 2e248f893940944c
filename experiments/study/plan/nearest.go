package plan

import (
	"context"
	"fmt"
	"math"
	"sort"
	"vsim/sim/report"
)

// nearestTries are the candidates that are simulated to find one that comes near, where bounds have ruled all out.
const nearestTries = 4

// roomy is how busy these are by their bounds: little waits.
const roomy = 0.3

// nearest is the candidate that was simulated and comes nearest to the objectives, nil where none could be.
func (s *search) nearest(ctx context.Context) (*Miss, error) {
	if len(s.order) == 0 {
		if err := s.tryHopeless(ctx); err != nil {
			return nil, err
		}
	}
	var best *trial
	for _, key := range s.order {
		if t := s.trials[key]; best == nil || t.verdict.point < best.verdict.point {
			best = t
		}
	}
	if best == nil {
		return nil, nil
	}
	c := &candidate{v: best.v, size: best.size, p: best.p}
	return &Miss{Plan: *s.plan(c), Why: s.why(best)}, nil
}

// tryHopeless simulates the quickest of what the bounds have ruled out.
func (s *search) tryHopeless(ctx context.Context) error {
	type start struct {
		v    *variant
		size size
		over float64
	}
	var starts []start
	for _, o := range s.machines {
		families, err := s.families(o)
		if err != nil {
			return err
		}
		for _, f := range families {
			v := f.likely()
			b := s.boundsOf(v, o.sizes[0])
			if b == nil {
				continue
			}
			over := 0.0
			for i := range s.slos {
				if slo := &s.slos[i]; slo.latency() {
					over = max(over, b.latency(slo)/slo.Limit)
				}
			}
			at := min(s.below(v, s.rps/roomy), len(o.sizes)-1)
			starts = append(starts, start{v, o.sizes[at], over})
		}
	}
	sort.SliceStable(starts, func(i, k int) bool { return starts[i].over < starts[k].over })
	for _, c := range starts[:min(len(starts), nearestTries)] {
		if _, err := s.simulate(ctx, c.v, c.size, s.rps, quick); err != nil {
			return err
		}
	}
	return nil
}

// why says in a sentence what a candidate lacks.
func (s *search) why(t *trial) string {
	if overloaded(t.p) {
		return fmt.Sprintf("more arrives than it serves: %s of %s requests/s", report.Digits(t.p.ThroughputRPS.Value), report.Digits(s.rps))
	}
	o := &s.slos[t.verdict.worst]
	value := o.of(t.p).Value
	if math.IsNaN(value) {
		return o.Text + ": it is not known"
	}
	if t.verdict.point <= 1 {
		return fmt.Sprintf("%s: %s is too near to the limit to hold with other random numbers", o.Text, o.show(value))
	}
	out := fmt.Sprintf("%s: it is %s", o.Text, o.show(value))
	if b := s.boundsOf(t.v, t.size); b != nil && o.latency() && b.latency(o) > o.Limit {
		out += fmt.Sprintf("; the service times alone take %s", o.show(b.latency(o)))
	}
	return out
}
