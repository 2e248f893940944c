package predict

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"vsim/sim/engine"
	"vsim/sim/engine/event"
	"vsim/sim/engine/stats"
	"vsim/sim/topology"
)

const (
	tried    = 2    // the candidates that are tried
	looser   = 3    // times the goals of the study itself
	fewer    = 3    // replications of a what-if run of a brief study, in which each has much to show
	part     = 8    // a what-if run is compared from the first round that is at least this part of the study
	apparent = 0.05 // a wait for fuller batches counts from this part of the latency on, and workers that are so much busier than what they work on
)

// candidate is something that may limit a system, and what would help.
type candidate struct {
	Limit
	change string   // in words
	busy   float64  // 0 to 1; of a wait for fuller batches, its part of the latency
	under  []string // of workers: the resources that they work on, which are less busy
	apply  func(sys *engine.System)
}

// name makes a candidate the bottleneck.
func (p *Prediction) name(c *candidate) {
	limit := c.Limit
	p.BottleneckCause = &limit
	p.Bottleneck = map[Cause]string{BusyResource: c.Name, BusyWorkers: c.Name + " workers", BatchDelay: c.Name + " " + lastPart(c.Key)}[c.Cause]
}

// lastPart is the name of a key in its table.
func lastPart(key string) string { return key[strings.LastIndex(key, ".")+1:] }

// candidates lists what may limit a system, the busiest first: resources, pools whose workers are busier than the
// resources that they work on, and waits for fuller batches.
func (s *study) candidates(p *Prediction) (out []candidate) {
	for i := range s.top.Resources {
		r := &s.top.Resources[i]
		if p.Resources[i].Unlimited {
			continue
		}
		out = append(out, candidate{Limit: Limit{BusyResource, r.Name, r.Key}, change: r.Name + " twice as fast", busy: p.Resources[i].busiest(), apply: faster(r)})
	}
	for i, g := range groups(s.sys, s.top) {
		st := &p.Stages[i]
		if st.Utilization.Value > s.busiestUnder(p, g)+apparent {
			out = append(out, candidate{Limit: Limit{BusyWorkers, g.Name, g.WorkersKey}, change: "twice the " + g.Name + " workers", busy: st.Utilization.Value, under: s.under(g), apply: wider(g)})
		}
		if fill := s.fillShare(g); fill > apparent {
			out = append(out, candidate{Limit: Limit{BatchDelay, g.Name, g.DelayKey}, change: "no " + lastPart(g.DelayKey) + " of " + g.Name, busy: fill, apply: hurried(g)})
		}
	}
	out = slices.DeleteFunc(out, func(c candidate) bool { return c.busy == 0 })
	slices.SortStableFunc(out, func(a, b candidate) int { return cmp.Compare(b.busy, a.busy) })
	return out
}

// busiest is the utilization of the busiest copy.
func (r *Resource) busiest() float64 {
	busy := r.Utilization.Value
	for i := range r.Copies {
		busy = max(busy, r.Copies[i].Utilization.Value)
	}
	return busy
}

// fillShare is the part of the latency that requests wait for a fuller batch of a stage.
func (s *study) fillShare(g *group) float64 {
	return s.mean(func(w *engine.Window) float64 { return g.share(w, g.queue(w).FillNs) }).Value
}

// busiestUnder is the utilization of the busiest resource that a stage works on and that can be full.
func (s *study) busiestUnder(p *Prediction, g *group) (busy float64) {
	for i := range g.Steps {
		if r := &p.Resources[g.Steps[i].Resource]; !r.Unlimited {
			busy = max(busy, r.busiest())
		}
	}
	return busy
}

// under names the resources that a stage works on.
func (s *study) under(g *group) (names []string) {
	for i := range g.Steps {
		names = append(names, s.top.Resources[g.Steps[i].Resource].Name)
	}
	return names
}

// faster makes all copies of a resource twice as fast.
func faster(of *topology.Resource) func(*engine.System) {
	return func(sys *engine.System) {
		for _, c := range of.Copies {
			r := &sys.Resources[c.Index]
			r.Speed = 2 * cmp.Or(r.Speed, 1)
		}
	}
}

// wider gives all pools of a stage twice as many workers, on the same resources.
func wider(g *group) func(*engine.System) {
	return func(sys *engine.System) {
		for _, i := range g.Pools {
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

// hurried has the pools of a stage wait for no fuller batch.
func hurried(g *group) func(*engine.System) {
	return func(sys *engine.System) {
		for _, i := range g.Pools {
			b := &sys.Pools[i].Batch
			b.Delay = 0
			if b.Send != nil {
				send := *b.Send
				send.Linger, b.Send = 0, &send
			}
			if b.Fetch != nil {
				fetch := *b.Fetch
				fetch.Min, b.Fetch = 0, &fetch
			}
		}
	}
}

// improve tries what would help, and names the bottleneck.
func (s *study) improve(ctx context.Context, p *Prediction) error {
	if s.day != nil {
		return s.day.improve(ctx, p)
	}
	all := s.candidates(p)
	var causes []*candidate
	var gains []WhatIf
	for i := range all[:min(len(all), tried)] {
		w, err := s.try(ctx, &all[i], &p.Run)
		if err != nil {
			return err
		}
		if w != nil {
			causes, gains = append(causes, &all[i]), append(gains, *w)
		}
	}
	limit := s.limit(causes, gains)
	if limit < 0 {
		return nil
	}
	p.name(causes[limit])
	p.WhatIf = &gains[limit]
	for i := range gains {
		if i != limit {
			p.AlsoTried = append(p.AlsoTried, gains[i])
		}
	}
	return nil
}

// limit picks the bottleneck of what was tried: that whose change gains most, -1 where nothing was tried. But a resource
// is none on account of the workers that are busy on it: if it is faster, so are they, however little of it is busy. They
// are the bottleneck where more of them would help, too, by half as much at least.
func (s *study) limit(causes []*candidate, gains []WhatIf) int {
	best := -1
	for i := range gains {
		if best < 0 || s.gain(&gains[i]) > s.gain(&gains[best]) {
			best = i
		}
	}
	for i, c := range causes {
		if causes[best].Cause == BusyResource && slices.Contains(c.under, causes[best].Name) && s.gain(&gains[i]) > s.gain(&gains[best])/2 {
			return i
		}
	}
	return best
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
// with what the study's replications had shown at the same moment, until the gain is known well enough (of traffic that repeats
// itself, over its cycle), the study's end is reached, or its part of as many events is used up as the study itself took. Traffic
// that ends is simulated to its end. The result is nil when not even one round was to be had.
func (s *study) try(ctx context.Context, c *candidate, cost *RunInfo) (*WhatIf, error) {
	sys := *s.sys
	sys.Resources = slices.Clone(sys.Resources)
	sys.Pools = slices.Clone(sys.Pools)
	c.apply(&sys)
	opt := s.opt
	if !finite(s.sys) {
		opt.MaxEvents = s.events() / tried
	}
	brief := s.brief()
	if brief {
		opt.Replications = min(opt.Replications, fewer)
	}
	changed, err := newStudy(&sys, s.top, opt)
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
		return s.compare(c, s.last(), changed.last()), nil
	}
	var found *WhatIf
	for i := range s.rounds {
		before := &s.rounds[i]
		if before.end < s.last().end/part || brief && before.turned < 1 {
			continue
		}
		reached, err := changed.advance(ctx, before.end)
		if err != nil {
			return nil, err
		}
		if !reached {
			if found == nil {
				found = s.early(c, changed)
			}
			return found, nil
		}
		changed.look()
		changed.remember(before.end)
		found = s.compare(c, before, changed.last())
		if s.known(found) && changed.wholeSeen() && (!brief || changed.last().turned >= 1) {
			break
		}
	}
	return found, nil
}

// early compares a changed system whose events were used up before the first round, as it is so much quicker,
// with what the study had shown by then; nil when that was nothing.
func (s *study) early(c *candidate, changed *study) *WhatIf {
	now := event.Never
	for _, r := range changed.runs {
		now = min(now, r.Now())
	}
	at := len(s.rounds) - 1
	for at >= 0 && (s.rounds[at].end > now || slices.Contains(s.rounds[at].rates, 0)) {
		at--
	}
	if at < 0 || changed.flooded {
		return nil
	}
	changed.look()
	changed.remember(now)
	return s.compare(c, &s.rounds[at], changed.last())
}

func (s *study) last() *round { return &s.rounds[len(s.rounds)-1] }

// compare pairs the replications of a round with those of the changed system.
func (s *study) compare(c *candidate, before, after *round) *WhatIf {
	w := &WhatIf{Change: c.change, Key: c.Key, LatencyGain: nothing(), P99Gain: nothing()}
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
	return stats.MeanInterval(values, level)
}

// known says that a gain's interval is as narrow as a what-if run needs it.
func (s *study) known(w *WhatIf) bool {
	quick := math.IsNaN(w.LatencyGain.Value) || w.LatencyGain.HalfWidth() <= looser*s.opt.P99Goal
	return quick && w.ThroughputGain.HalfWidth() <= looser*s.opt.ThroughputGoal*(1+w.ThroughputGain.Value)
}
