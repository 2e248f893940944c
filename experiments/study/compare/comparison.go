package compare

import (
	"math"

	"vsim/experiments/study"
	"vsim/sim"
	"vsim/sim/predict"
	"vsim/sim/report"
	"vsim/sim/scenario"
)

// Comparison is how B differs from A. Differences are B - A.
type Comparison struct {
	A            Summary  `json:"a"`
	B            Summary  `json:"b"`
	Rows         []Row    `json:"metrics"`
	Seed         uint64   `json:"seed"`
	Replications int      `json:"replications"`
	PairedS      float64  `json:"paired_s"` // simulated time after which the replications were compared
	Notes        []string `json:"notes,omitempty"`
}

// Summary says which scenario a side is and how it does.
type Summary struct {
	Name       string          `json:"name"`
	Verdict    predict.Verdict `json:"verdict"`
	Bottleneck string          `json:"bottleneck"` // in words
	Simulated  []string        `json:"simulated"`  // what was, in words
	Warnings   []string        `json:"warnings"`
}

func summary(name string, p *sim.Prediction) Summary {
	return Summary{Name: name, Verdict: p.Verdict, Bottleneck: p.Bottleneck, Simulated: p.Notes, Warnings: p.Warnings}
}

// Row is one metric of both sides. Difference is in the metric's unit, Change is relative to A.
type Row struct {
	Metric      string       `json:"metric"` // "throughput_rps", "mean_s", "p50_s", "p99_s", "energy_j_per_request", "cost_per_million"
	Name        string       `json:"name"`   // for people
	A           sim.Estimate `json:"a"`
	B           sim.Estimate `json:"b"`
	Difference  sim.Estimate `json:"difference"`
	Change      sim.Estimate `json:"change"`
	Significant bool         `json:"significant"`

	write func(value float64) string // with its unit
}

// metric is a row in the making.
type metric struct {
	key, name string
	of        func(p *sim.Prediction) sim.Estimate // nil: the mean over replications
	measure   study.Measure
	write     func(value float64) string
	latency   bool // has no meaning without a steady state
	cost      bool // has the prices of the two sides
}

var metrics = []metric{
	{key: "throughput_rps", name: "throughput", of: throughput, measure: study.Throughput, write: report.Rate},
	{key: "mean_s", name: "latency mean", of: func(p *sim.Prediction) sim.Estimate { return p.LatencyS.Mean }, measure: study.Mean, write: report.Span, latency: true},
	{key: "p50_s", name: "p50", of: func(p *sim.Prediction) sim.Estimate { return p.LatencyS.P50 }, measure: study.P50, write: report.Span, latency: true},
	{key: "p99_s", name: "p99", of: func(p *sim.Prediction) sim.Estimate { return p.LatencyS.P99 }, measure: study.P99, write: report.Span, latency: true},
	{key: "energy_j_per_request", name: "energy a request", measure: study.Energy, write: joules},
	{key: "cost_per_million", name: "cost a million", cost: true},
}

// joules writes an energy in J, or a small one in mJ.
func joules(j float64) string {
	if math.Abs(j) < 0.1 {
		return report.Digits(1e3*j) + " mJ"
	}
	return report.Digits(j) + " J"
}

func throughput(p *sim.Prediction) sim.Estimate { return p.ThroughputRPS }

// row fills in a metric.
func (m metric) row(pair *Pair, found [2]*sim.Prediction, before, after []predict.Replication) Row {
	r := Row{Metric: m.key, Name: m.name, Difference: study.Unknown(), Change: study.Unknown(), write: m.write}
	measures := [2]study.Measure{m.measure, m.measure}
	if m.cost {
		measures = [2]study.Measure{cost(pair.Scenarios[0]), cost(pair.Scenarios[1])}
		r.write = func(x float64) string { return report.Digits(x) + " " + pair.Scenarios[0].Price.Currency }
	}
	r.A, r.B = m.value(pair.Scenarios[0], found[0], before), m.value(pair.Scenarios[1], found[1], after)
	if study.Known(r.A) && study.Known(r.B) {
		r.Difference = paired(before, after, measures, study.Difference)
		r.Change = paired(before, after, measures, study.Ratio)
	}
	r.Significant = study.Significant(r.Difference)
	return r
}

func cost(s *scenario.Scenario) study.Measure { return study.CostPerMillion(s.PricePerHour()) }

// value is a side's own.
func (m metric) value(s *scenario.Scenario, p *sim.Prediction, list []predict.Replication) sim.Estimate {
	switch {
	case m.latency && p.Verdict == predict.Overloaded, !study.Known(p.ThroughputRPS):
		return study.Unknown()
	case m.of != nil:
		return m.of(p)
	case m.cost:
		return study.Cost(p)
	}
	return study.Paired(list, list, m.measure, func(_, x float64) float64 { return x })
}

// paired is study.Paired where each side has a measure of its own: their prices may differ.
func paired(before, after []predict.Replication, m [2]study.Measure, of func(before, after float64) float64) sim.Estimate {
	own := func(list []predict.Replication, m study.Measure) (out []predict.Replication) {
		for i := range list {
			out = append(out, predict.Replication{ThroughputRPS: m(&list[i])})
		}
		return out
	}
	return study.Paired(own(before, m[0]), own(after, m[1]), study.Throughput, of)
}
