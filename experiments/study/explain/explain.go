// Package explain says why a scenario does what it does: what breaks first as load grows, how much every stage,
// resource and knob matters, why throughput does not grow with instances, and why latency is so high with a batcher's
// delay. All of it comes from simulating the scenario with one thing changed at a time and the same random numbers.
package explain

import (
	"context"
	"fmt"

	"vsim/experiments/study"
	"vsim/sim"
	"vsim/sim/predict"
	"vsim/sim/report"
	"vsim/sim/scenario"
)

// Explanation is what is known about a scenario. Elasticities are sorted by the metric that SortedBy names.
type Explanation struct {
	Name         string       `json:"name"`
	Now          Now          `json:"now"`
	CapacityRPS  sim.Estimate `json:"capacity_rps"` // what it serves with more clients than it can serve
	FullClients  int          `json:"full_clients"` // so many
	FullBatch    float64      `json:"full_batch"`   // mean size of the largest batches then
	Breaks       []Limit      `json:"breaks"`       // the first to break first
	SortedBy     Metric       `json:"sorted_by"`
	Elasticities []Elasticity `json:"elasticities"`
	Answers      []Answer     `json:"answers"`
	Notes        []string     `json:"notes,omitempty"`
	Warnings     []string     `json:"warnings"`
	Seed         uint64       `json:"seed"`
	Replications int          `json:"replications"`
}

// Now is how the scenario does as it is.
type Now struct {
	Verdict        predict.Verdict `json:"verdict"`
	ThroughputRPS  sim.Estimate    `json:"throughput_rps"`
	MeanS          sim.Estimate    `json:"mean_s"`
	P99S           sim.Estimate    `json:"p99_s"`
	CostPerMillion sim.Estimate    `json:"cost_per_million"` // null without a [price]
	Currency       string          `json:"currency,omitempty"`
}

// Answer answers a question in words, with the numbers that it rests on. Cause is one of a few, for programs.
type Answer struct {
	Question string  `json:"question"`
	Cause    Cause   `json:"cause"`
	Text     string  `json:"text"`
	Numbers  Numbers `json:"numbers"`
}

// Parts of the work that the steps of an explanation are, about.
const (
	baseDone = 0.1
	fullDone = 0.2
	tryDone  = 0.9
)

// Run explains the scenario of a source. progress may be nil. Errors are *scenario.InputError where the input is wrong.
func Run(ctx context.Context, source *scenario.Source, opt scenario.Options, progress func(done float64)) (*Explanation, error) {
	if progress == nil {
		progress = func(float64) {}
	}
	l, err := newLab(ctx, source, opt, func(done float64) { progress(baseDone * done) })
	if err != nil {
		return nil, err
	}
	if l.full, err = l.saturated(ctx, variant{}); err != nil {
		return nil, err
	}
	progress(fullDone)
	e := &Explanation{Name: l.s.HardwareName(), Now: l.present(), SortedBy: l.metric(), Warnings: l.now.Warnings,
		Seed: l.s.Run.Seed, Replications: l.now.Run.Replications}
	if l.s.Name != "" {
		e.Name = l.s.Name
	}
	l.capacity(e)
	if l.s.Price != nil {
		e.Notes = append(e.Notes, "price.per_hour is of a server as it stands: what faster parts, more cores or more GPUs in it cost is not in the effects on cost")
	}
	if l.end == 0 {
		e.Notes = append(e.Notes, "the scenario was not simulated for long enough to compare it with changed ones; raise run.max_events")
	} else if e.Elasticities, err = l.elasticities(ctx, func(done float64) { progress(fullDone + (tryDone-fullDone)*done) }); err != nil {
		return nil, err
	}
	if h, rounds := l.now.History, l.now.Rounds; h != nil && h.Cycle && len(rounds) > 0 && l.end < rounds[len(rounds)-1].End {
		e.Notes = append(e.Notes, fmt.Sprintf("effects are those of the first %s of the traffic's cycle, not of all of it; for an hour that matters give workload.arrivals = \"poisson\" and its rate",
			report.Span(l.end.Seconds())))
	}
	sorted(e.Elasticities, e.SortedBy)
	for _, ask := range []func(context.Context) (*Answer, error){l.whyNoGrowth, l.whySlow} {
		a, err := ask(ctx)
		if err != nil {
			return nil, err
		}
		e.Answers = append(e.Answers, *a)
	}
	progress(1)
	return e, nil
}

// present is the scenario as it is.
func (l *lab) present() Now {
	n := Now{Verdict: l.now.Verdict, ThroughputRPS: l.now.ThroughputRPS, MeanS: l.now.LatencyS.Mean, P99S: l.now.LatencyS.P99, CostPerMillion: study.Unknown()}
	if l.s.Price != nil {
		n.Currency = l.s.Price.Currency
		n.CostPerMillion = study.Cost(l.now)
	}
	return n
}

// lessThanNow is the part of its own throughput below which a system at full load is worse off.
const lessThanNow = 0.9

// served says that some request has been answered.
func served(p *sim.Prediction) bool { return p.ThroughputRPS.Value > 0 } // not NaN

// capacity fills in what breaks first.
func (l *lab) capacity(e *Explanation) {
	e.CapacityRPS, e.FullClients = l.full.ThroughputRPS, crowd(l.built.System)
	if !served(l.full) {
		e.CapacityRPS = study.Unknown()
		e.Notes = append(e.Notes, "what it can serve was not simulated for long enough for an answer to come back; raise run.max_events")
		return
	}
	for i := range l.full.Stages {
		e.FullBatch = max(e.FullBatch, l.full.Stages[i].MeanBatch.Value)
	}
	if full, now := l.full.ThroughputRPS.Value, l.now.ThroughputRPS.Value; full < lessThanNow*now {
		e.Notes = append(e.Notes, fmt.Sprintf("with %d clients at once it serves less, %s, than it does now, %s, as where requests are dropped after work was done for them; that is no capacity, and neither are the loads at which something is full",
			e.FullClients, report.Rate(full), report.Rate(now)))
	}
	e.Breaks = limits(l.built.Topology, l.full, l.now)
}
