package predict

import (
	"fmt"
	"math"

	"vsim/sim/engine"
	"vsim/sim/engine/stats"
)

// prediction sums up what the replications have shown since the warm-up.
func (s *study) prediction() *Prediction {
	s.lookClosely()
	p := &Prediction{
		Schema:        Schema,
		Verdict:       Stable,
		ThroughputRPS: s.throughput,
		OfferedRPS:    s.rate(func(w *engine.Window) int64 { return w.Arrived }),
		Dropped:       s.dropped(),
		RetriedRPS:    s.rate(func(w *engine.Window) int64 { return w.Retried }),
		EvictedRPS:    s.rate(func(w *engine.Window) int64 { return w.Evicted }),
		LatencyS:      s.latency(everybody),
		WaitShare:     s.mean(func(w *engine.Window) float64 { return s.parts(w).wait }),
		FillShare:     s.mean(func(w *engine.Window) float64 { return s.parts(w).fill }),
		SharingShare:  s.mean(func(w *engine.Window) float64 { return s.parts(w).sharing }),
		Classes:       s.classes(),
		Stages:        s.stages(),
		Brokers:       s.brokers(),
		Resources:     s.resources(),
		EnergyJ:       s.energy(),
		Warnings:      []string{},
		Run:           RunInfo{Seed: s.sys.Seed, Replications: len(s.runs)},
		Latencies:     &stats.Histogram{},
		History:       s.history(),
	}
	for i := range s.windows {
		p.Latencies.Merge(&s.windows[i].Latency)
	}
	if all := s.candidates(p); len(all) > 0 {
		p.name(&all[0]) // for want of better knowledge
	}
	if largest(s.sys) > 1 {
		items := s.rate(func(w *engine.Window) int64 { return w.Items })
		p.ItemsPerS = &items
	}
	if s.brief() {
		s.allow(p)
	}
	p.Run.add(s)
	switch {
	case s.overloaded:
		s.overload(p)
	case p.MostlyWaits() || s.doubt != "" && !s.keepsUp():
		p.Verdict = Backlogged
	}
	if s.doubt != "" {
		p.Warnings = append(p.Warnings, s.doubt)
	}
	p.Warnings = append(p.Warnings, s.unseen()...)
	p.Warnings = append(p.Warnings, s.inStep()...)
	p.Warnings = append(p.Warnings, s.oneBatch(p)...)
	return p
}

// inStep warns when all replications agree to the last digit: then nothing that matters is random, and the
// phases of the start decide for good what real servers would not keep.
func (s *study) inStep() []string {
	if s.doubt != "" || finite(s.sys) || s.overloaded && !s.capacityKnown() {
		return nil
	}
	for i := range s.windows {
		w, first := &s.windows[i], &s.windows[0]
		if w.Completed != first.Completed || w.Latency.Sum() != first.Latency.Sum() {
			return nil
		}
	}
	return []string{fmt.Sprintf("all %d replications agree to the last digit: nothing in this system is random, so its intervals are empty and hold for no real one; give its times a distribution with a cv", len(s.windows))}
}

// add counts a study's work in.
func (r *RunInfo) add(s *study) {
	r.Events += s.events()
	r.Requests += s.aside.Requests
	r.SimS += s.aside.SimS
	for _, run := range s.runs {
		r.Requests += run.Completed()
		r.SimS += float64(run.Now()) * 1e-9
	}
}

// plus counts other work in.
func (r *RunInfo) plus(o *RunInfo) {
	r.Events, r.Requests, r.SimS = r.Events+o.Events, r.Requests+o.Requests, r.SimS+o.SimS
}

// latency is the distribution of the latencies in the histograms that of picks.
func (s *study) latency(of func(w *engine.Window) *stats.Histogram) Latency {
	var all []*stats.Histogram
	for i := range s.windows {
		all = append(all, of(&s.windows[i]))
	}
	quantile := func(p float64) Estimate { return stats.QuantileInterval(all, p, level).Times(1e-9) }
	return Latency{
		Mean: s.mean(func(w *engine.Window) float64 { return of(w).Mean() * 1e-9 }),
		P50:  quantile(0.5), P90: quantile(0.9), P95: quantile(0.95), P99: quantile(0.99), P999: quantile(0.999),
	}
}

func everybody(w *engine.Window) *stats.Histogram { return &w.Latency }

// classes are the kinds of requests, where there are several.
func (s *study) classes() (out []Class) {
	if len(s.sys.Classes) == 1 {
		return nil
	}
	for i := range s.sys.Classes {
		out = append(out, Class{
			Name:          s.sys.Classes[i].Name,
			ThroughputRPS: s.rate(func(w *engine.Window) int64 { return w.ByClass[i].Count() }),
			LatencyS:      s.latency(func(w *engine.Window) *stats.Histogram { return &w.ByClass[i] }),
		})
	}
	return out
}

func (s *study) dropped() Dropped {
	rate := func(why engine.Drop) Estimate { return s.rate(func(w *engine.Window) int64 { return w.Dropped[why] }) }
	return Dropped{
		RejectedRPS: rate(engine.Rejected), ExpiredRPS: rate(engine.Expired), LostRPS: rate(engine.Lost), SkippedRPS: rate(engine.Skipped),
		Share: s.droppedShare(),
	}
}

// droppedShare is the part of what arrives that is dropped: where the long-run rate of arrivals is known, what the rates above say
// of it, so that they do not contradict each other.
func (s *study) droppedShare() Estimate {
	if finite(s.sys) || !s.rateKnown() {
		return s.mean(droppedShare)
	}
	lost, arrive := s.rate(droppedOf), offered(s.sys)
	share := func(rps float64) float64 { return min(max(rps/arrive, 0), 1) }
	return Estimate{Value: share(lost.Value), Low: share(lost.Low), High: share(lost.High)}
}

func droppedShare(w *engine.Window) float64 {
	return over(droppedOf(w), w.Arrived)
}

func droppedOf(w *engine.Window) int64 {
	return w.Dropped[engine.Rejected] + w.Dropped[engine.Expired] + w.Dropped[engine.Lost] + w.Dropped[engine.Skipped]
}

// rate is how often something happens, per second.
func (s *study) rate(of func(w *engine.Window) int64) Estimate { return s.perSecond(of) }

// mean is the mean over the replications of something about their windows.
func (s *study) mean(of func(w *engine.Window) float64) Estimate {
	var values []float64
	for i := range s.windows {
		values = append(values, of(&s.windows[i]))
	}
	return stats.MeanInterval(values, level)
}

// nothing is the estimate of what there is not.
func nothing() Estimate {
	return Estimate{Value: math.NaN(), Low: math.NaN(), High: math.NaN()}
}

// overload takes out what has no meaning in a system without a steady state: latencies, waits, their
// shares, and the time in stages that let everybody in.
func (s *study) overload(p *Prediction) {
	p.Verdict = Overloaded
	growth := s.growth(level)
	p.QueueGrowthRPS = &growth
	none := nothing()
	p.LatencyS = Latency{none, none, none, none, none, none}
	p.WaitShare, p.FillShare, p.SharingShare = none, none, none
	for i := range p.Classes {
		p.Classes[i].LatencyS = p.LatencyS
	}
	for i := range p.Stages {
		st := &p.Stages[i]
		st.Queue = Queue{none, none, none}
		for k := range st.Steps {
			step := &st.Steps[k]
			if step.Share = none; st.Utilization.Value == 0 {
				step.WaitS, step.SharingS = none, none
			}
		}
	}
	p.Warnings = append(p.Warnings, s.overloadWarning(p))
	if !s.capacityKnown() {
		forgetRates(p)
	}
}

func (s *study) resources() (out []Resource) {
	for i := range s.top.Resources {
		r := &s.top.Resources[i]
		res := Resource{Name: r.Name, Type: r.Type, Unlimited: !limited(&s.sys.Resources[r.Copies[0].Index])}
		res.Utilization = s.mean(func(w *engine.Window) (sum float64) {
			for _, c := range r.Copies {
				sum += w.Busy[c.Index]
			}
			return sum / float64(len(r.Copies))
		})
		if len(r.Copies) > 1 {
			for _, c := range r.Copies {
				res.Copies = append(res.Copies, Copy{c.Server, c.GPU, s.mean(func(w *engine.Window) float64 { return w.Busy[c.Index] })})
			}
		}
		out = append(out, res)
	}
	return out
}

// limited says that a resource can be full: somebody may wait or slow down there.
func limited(r *engine.Resource) bool { return r.Capacity > 0 || r.Slots > 0 || r.Excess != nil }
