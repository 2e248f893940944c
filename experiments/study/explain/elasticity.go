package explain

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"vsim/experiments/study"
	"vsim/sim"
	"vsim/sim/predict"
)

// Effects are numbers about the metrics of a prediction.
type Effects struct {
	Throughput sim.Estimate `json:"throughput"`
	Mean       sim.Estimate `json:"mean"`
	P99        sim.Estimate `json:"p99"`
	Cost       sim.Estimate `json:"cost"` // of a million requests; null without a [price]
}

// Elasticity is by how many percent metrics change where something changes by one percent: d ln(metric) / d ln(value),
// from the logarithms of the values tried below and above, or of the one that could be had and the present one.
type Elasticity struct {
	Of    string  `json:"of"`  // for people
	Key   string  `json:"key"` // where it is set
	Kind  Kind    `json:"kind"`
	Value string  `json:"value"` // now
	Tried []Tried `json:"tried"`
	Effects
}

// Tried is what became of another value: relative changes of the metrics.
type Tried struct {
	Value   string          `json:"value"`
	Verdict predict.Verdict `json:"verdict,omitempty"`
	Reason  string          `json:"reason,omitempty"` // why it could not be had
	Effects
}

// point is a value of a lever with what its replications have shown.
type point struct {
	value      float64
	list       []predict.Replication // nil: none at the moment of comparison
	overloaded bool
	cost       study.Measure
}

// unknown effects.
func unknown() Effects {
	u := study.Unknown()
	return Effects{u, u, u, u}
}

// elasticities tries all levers on all cores.
func (l *lab) elasticities(ctx context.Context, progress func(done float64)) (out []Elasticity, err error) {
	levers := l.levers()
	type job struct{ lever, try int }
	var jobs []job
	for i := range levers {
		for k := range levers[i].tries {
			jobs = append(jobs, job{i, k})
		}
		out = append(out, Elasticity{Of: levers[i].of, Key: levers[i].key, Kind: levers[i].kind, Value: levers[i].write(levers[i].value)})
	}
	here := point{value: 1, list: l.at(l.now), overloaded: l.now.Verdict == predict.Overloaded, cost: study.CostPerMillion(l.s.PricePerHour())}
	points := make([][]point, len(levers))
	err = study.Each(ctx, len(jobs), func(ctx context.Context, i int) (*sim.Prediction, error) {
		return l.predict(ctx, levers[jobs[i].lever].tries[jobs[i].try].variant)
	}, func(i int, o study.Outcome) error {
		of, t := &levers[jobs[i].lever], &levers[jobs[i].lever].tries[jobs[i].try]
		row := &out[jobs[i].lever]
		tried := Tried{Value: of.write(t.value), Effects: unknown()}
		if o.Err != nil {
			reason, ok := impossible(o.Err)
			if !ok {
				return o.Err
			}
			tried.Reason = reason
		} else {
			p := l.point(of, t, o.Prediction)
			tried.Verdict, tried.Effects = o.Prediction.Verdict, effects(here, p, study.Ratio)
			points[jobs[i].lever] = append(points[jobs[i].lever], p)
		}
		row.Tried = append(row.Tried, tried)
		progress(float64(i+1) / float64(len(jobs)))
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range out {
		here.value = levers[i].value
		out[i].Effects = slope(here, points[i])
	}
	return out, nil
}

// point is a try with what was predicted of it. Nobody says what a server costs with other parts in it.
func (l *lab) point(of *lever, t *try, p *sim.Prediction) point {
	perHour := l.s.PricePerHour()
	if s, err := l.scenario(t.variant); err == nil {
		perHour = s.PricePerHour()
	}
	isPart := func(prefix string) bool { return strings.HasPrefix(of.key, prefix) }
	if of.kind == Knob && slices.ContainsFunc([]string{"cpu.", "gpu.", "servers.gpus", "resource."}, isPart) {
		perHour = 0
	}
	return point{value: t.value, list: l.at(p), overloaded: p.Verdict == predict.Overloaded, cost: study.CostPerMillion(perHour)}
}

// slope is the elasticity from the points around the present one, or from it and the one that there is.
func slope(here point, around []point) Effects {
	around = slices.DeleteFunc(slices.Clone(around), func(p point) bool { return p.list == nil || p.overloaded && !here.overloaded })
	if len(around) == 0 || here.list == nil {
		return unknown()
	}
	from, to := here, around[0]
	if len(around) > 1 {
		from, to = around[0], around[len(around)-1]
	}
	rise := math.Log(to.value / from.value)
	return effects(from, to, func(before, after float64) float64 {
		if before == after {
			return 0
		}
		return math.Log(after/before) / rise
	})
}

// effects compares two points. Without a steady state latencies mean nothing.
func effects(from, to point, of func(before, after float64) float64) Effects {
	e := unknown()
	if from.list == nil || to.list == nil {
		return e
	}
	e.Throughput = study.Paired(from.list, to.list, study.Throughput, of)
	e.Cost = paired(from, to, of)
	if !from.overloaded && !to.overloaded {
		e.Mean = study.Paired(from.list, to.list, study.Mean, of)
		e.P99 = study.Paired(from.list, to.list, study.P99, of)
	}
	return e
}

// paired compares what requests cost, at prices that may differ.
func paired(from, to point, of func(before, after float64) float64) sim.Estimate {
	costs := func(p point) (out []predict.Replication) {
		for i := range p.list {
			out = append(out, predict.Replication{ThroughputRPS: p.cost(&p.list[i])})
		}
		return out
	}
	return study.Paired(costs(from), costs(to), study.Throughput, of)
}

// Metric is the one by which elasticities are sorted and drawn.
type Metric string

// Metrics: an open loop that keeps up serves what arrives, whatever changes, and only becomes quicker or slower.
const (
	ByThroughput Metric = "throughput"
	ByP99        Metric = "p99"
)

func (l *lab) metric() Metric {
	if l.open() && l.now.Verdict != predict.Overloaded {
		return ByP99
	}
	return ByThroughput
}

// Of picks the metric's number.
func (m Metric) Of(e *Effects) sim.Estimate {
	if m == ByP99 {
		return e.P99
	}
	return e.Throughput
}

// sorted puts the largest elasticities first, whatever their sign, and the unknown last.
func sorted(list []Elasticity, by Metric) {
	slices.SortStableFunc(list, func(a, b Elasticity) int {
		x, y := by.Of(&a.Effects), by.Of(&b.Effects)
		if study.Known(x) != study.Known(y) {
			if study.Known(x) {
				return -1
			}
			return 1
		}
		if !study.Known(x) {
			return 0
		}
		return cmp.Compare(math.Abs(y.Value), math.Abs(x.Value))
	})
}
