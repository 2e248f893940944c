package predict

import (
	"cmp"
	"context"
	"math"
	"slices"

	"vsim/sim/engine"
	"vsim/sim/engine/stats"
)

const (
	tried  = 2 // the busiest candidates that are tried
	looser = 3 // times the goals of the study itself
	part   = 8 // a what-if run is compared from the first round that is at least this part of the study
)

// candidate is something that may limit a system, and what would help.
type candidate struct {
	name   string  // of a type of resource or a pool, as the bottleneck is named
	change string  // in words
	busy   float64 // 0 to 1
	apply  func(sys *engine.System)
}

// candidates lists what may limit a system, the busiest first: types of resources, and pools whose
// workers are busier by 5 % of their time than the resources that they work on.
func candidates(sys *engine.System, p *Prediction) (out []candidate) {
	for i, r := range sys.Resources {
		if r.Capacity == 0 && r.Slots == 0 && r.Type != engine.GPU {
			continue // nobody waits or slows down there
		}
		busy := p.Resources[i].Utilization.Value
		at := slices.IndexFunc(out, func(c candidate) bool { return c.name == string(r.Type) })
		if at >= 0 {
			out[at].busy = max(out[at].busy, busy)
			continue
		}
		out = append(out, candidate{string(r.Type), string(r.Type) + " twice as fast", busy, faster(r.Type)})
	}
	stage := 0
	for _, g := range groups(sys) {
		busy := p.Stages[stage].Utilization.Value
		if busy > busiestUnder(sys, p, g)+0.05 {
			out = append(out, candidate{g.spec.Name, "twice the " + g.spec.Name + " workers", busy, wider(g)})
		}
		stage += 1 + len(g.spec.Steps)
	}
	out = slices.DeleteFunc(out, func(c candidate) bool { return c.busy == 0 })
	slices.SortStableFunc(out, func(a, b candidate) int { return cmp.Compare(b.busy, a.busy) })
	return out
}

// busiestUnder is the utilization of the busiest resource that a stage works on and that can be full.
func busiestUnder(sys *engine.System, p *Prediction, g *group) (busy float64) {
	for _, i := range g.pools {
		for k := range sys.Pools[i].Steps {
			for _, r := range sys.Pools[i].Steps[k].Resource {
				if sys.Resources[r].Capacity > 0 || sys.Resources[r].Type == engine.GPU {
					busy = max(busy, p.Resources[r].Utilization.Value)
				}
			}
		}
	}
	return busy
}

// busiest names what is busiest, for want of better knowledge.
func busiest(sys *engine.System, p *Prediction) string {
	if all := candidates(sys, p); len(all) > 0 {
		return all[0].name
	}
	return ""
}

// faster makes all resources of a type twice as fast.
func faster(t engine.ResourceType) func(*engine.System) {
	return func(sys *engine.System) {
		for i := range sys.Resources {
			if r := &sys.Resources[i]; r.Type == t {
				r.Speed = 2 * cmp.Or(r.Speed, 1)
			}
		}
	}
}

// wider gives all pools of a stage twice as many workers, on the same resources.
func wider(g *group) func(*engine.System) {
	return func(sys *engine.System) {
		for _, i := range g.pools {
			p := &sys.Pools[i]
			p.Workers *= 2
			p.Steps = slices.Clone(p.Steps)
			for k := range p.Steps {
				if s := &p.Steps[k]; len(s.Resource) > 1 {
					s.Resource = slices.Concat(s.Resource, s.Resource)
				}
			}
		}
	}
}

// improve tries what would help, and names as the bottleneck what helps most.
func (s *study) improve(ctx context.Context, p *Prediction) error {
	all := candidates(s.sys, p)
	var names []string
	var gains []WhatIf
	for _, c := range all[:min(len(all), tried)] {
		w, err := s.try(ctx, c, &p.Run)
		if err != nil {
			return err
		}
		if w != nil {
			names, gains = append(names, c.name), append(gains, *w)
		}
	}
	best := -1
	for i := range gains {
		if best < 0 || s.gain(&gains[i]) > s.gain(&gains[best]) {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	p.Bottleneck, p.WhatIf = names[best], &gains[best]
	for i := range gains {
		if i != best {
			p.AlsoTried = append(p.AlsoTried, gains[i])
		}
	}
	return nil
}

// gain is the one by which candidates are compared: an open loop that keeps up completes what is
// offered, whatever is improved, and can only become quicker.
func (s *study) gain(w *WhatIf) float64 {
	if s.sys.Source.Clients > 0 || s.overloaded {
		return w.ThroughputGain.Value
	}
	return w.LatencyGain.Value
}

// try simulates the changed system with the study's random numbers, round by round, and compares it
// with what the study's replications had shown at the same moment, until the gain is known well enough,
// the study's end is reached, or its part of as many events is used up as the study itself took. Traffic
// that ends is simulated to its end. The result is nil when not even one round was to be had.
func (s *study) try(ctx context.Context, c candidate, cost *RunInfo) (*WhatIf, error) {
	sys := *s.sys
	sys.Resources = slices.Clone(sys.Resources)
	sys.Pools = slices.Clone(sys.Pools)
	c.apply(&sys)
	opt := s.opt
	if !finite(s.sys) {
		opt.MaxEvents = s.events() / tried
	}
	changed, err := newStudy(&sys, opt)
	if err != nil {
		return nil, err
	}
	defer cost.add(changed)
	if finite(s.sys) {
		if !s.settled() {
			return nil, nil
		}
		if err := changed.simulate(ctx, nil); err != nil || !changed.settled() {
			return nil, err
		}
		return s.compare(c.change, s.last(), changed.last()), nil
	}
	var found *WhatIf
	for i := range s.rounds {
		before := &s.rounds[i]
		if before.end < s.last().end/part {
			continue
		}
		reached, err := changed.advance(ctx, before.end)
		if err != nil || !reached {
			return found, err
		}
		changed.look()
		changed.remember(before.end)
		found = s.compare(c.change, before, changed.last())
		if s.known(found) {
			break
		}
	}
	return found, nil
}

func (s *study) last() *round { return &s.rounds[len(s.rounds)-1] }

// compare pairs the replications of a round with those of the changed system.
func (s *study) compare(change string, before, after *round) *WhatIf {
	w := &WhatIf{Change: change, LatencyGain: nothing(), P99Gain: nothing()}
	w.ThroughputGain = paired(after.rates, before.rates, func(ratio float64) float64 { return ratio - 1 })
	if !s.overloaded {
		less := func(ratio float64) float64 { return 1 - ratio }
		w.LatencyGain = paired(after.means, before.means, less)
		w.P99Gain = paired(after.p99s, before.p99s, less)
	}
	return w
}

// paired is the mean of a function of the replications' ratios.
func paired(after, before []float64, of func(ratio float64) float64) Estimate {
	var values []float64
	for i := range after {
		values = append(values, of(after[i]/before[i]))
	}
	return estimate(stats.MeanInterval(values, level), 1)
}

// known says that a gain's interval is as narrow as a what-if run needs it.
func (s *study) known(w *WhatIf) bool {
	half := func(e Estimate) float64 { return (e.CI95[1] - e.CI95[0]) / 2 }
	quick := math.IsNaN(w.LatencyGain.Value) || half(w.LatencyGain) <= looser*s.opt.P99Goal
	return quick && half(w.ThroughputGain) <= looser*s.opt.ThroughputGoal*(1+w.ThroughputGain.Value)
}
