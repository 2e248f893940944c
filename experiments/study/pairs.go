package study

import (
	"math"
	"time"

	"vsim/sim"
	"vsim/sim/engine/stats"
	"vsim/sim/predict"
)

// level is the confidence of differences.
const level = 0.95

// Measure is what a study compares of replications. It is NaN where a replication has none.
type Measure func(r *predict.Replication) float64

// What studies compare: requests/s, seconds, joules a request.
func Throughput(r *predict.Replication) float64 { return r.ThroughputRPS }
func Mean(r *predict.Replication) float64       { return r.MeanS }
func P50(r *predict.Replication) float64        { return r.P50S }
func P99(r *predict.Replication) float64        { return r.P99S }
func Energy(r *predict.Replication) float64     { return r.EnergyJ }

// CostPerMillion is what a million requests cost on servers that cost so much an hour; NaN where that is 0, not known.
func CostPerMillion(perHour float64) Measure {
	return func(r *predict.Replication) float64 { return predict.CostPerMillion(perHour, r.ThroughputRPS) }
}

// Cost is what a million requests cost at a prediction's throughput, unknown without a price.
func Cost(p *sim.Prediction) sim.Estimate {
	if p.Price == nil {
		return Unknown()
	}
	return Whole(p.Price.PerMillionRequests)
}

// At gives what a prediction's replications had shown by a moment, nil where it has no round that ends then. Of traffic
// that ends it is the whole.
func At(p *sim.Prediction, end time.Duration) []predict.Replication {
	for i := len(p.Rounds) - 1; i >= 0; i-- {
		if r := &p.Rounds[i]; r.Done || r.End == end {
			return r.Replications
		}
	}
	return nil
}

// Common is the last moment at which both predictions have a round, 0 where there is none. It is the same for b and a: one
// whose traffic ends is known at every moment of the other.
func Common(a, b *sim.Prediction) time.Duration {
	return max(lastOf(a, b), lastOf(b, a))
}

// lastOf is the end of the last round of a that b has something for.
func lastOf(a, b *sim.Prediction) time.Duration {
	for i := len(a.Rounds) - 1; i >= 0; i-- {
		if r := &a.Rounds[i]; At(b, r.End) != nil {
			return r.End
		}
	}
	return 0
}

// Paired is the mean over replications of a function of a measure before and after a change, with its 95 % interval.
// The two share their random numbers, so that the interval is that of the change and not of chance. Where one has more
// replications, those are left out.
func Paired(before, after []predict.Replication, m Measure, of func(before, after float64) float64) sim.Estimate {
	n := min(len(before), len(after))
	if n == 0 {
		return Unknown()
	}
	var values []float64
	for i := range n {
		values = append(values, of(m(&before[i]), m(&after[i])))
	}
	return Whole(stats.MeanInterval(values, level))
}

// Whole is the estimate, or the unknown one where it is no number.
func Whole(e sim.Estimate) sim.Estimate {
	if math.IsNaN(e.Value) || math.IsInf(e.Value, 0) {
		return Unknown()
	}
	return e
}

// Unknown is the estimate of what there is not.
func Unknown() sim.Estimate {
	return sim.Estimate{Value: math.NaN(), Low: math.NaN(), High: math.NaN()}
}

// Known says whether there is a number.
func Known(e sim.Estimate) bool { return !math.IsNaN(e.Value) }

// Difference is after - before; Ratio is after/before - 1.
func Difference(before, after float64) float64 { return after - before }
func Ratio(before, after float64) float64      { return after/before - 1 }

// Significant says that zero is outside the interval: by chance alone that happens to one difference of 20.
func Significant(difference sim.Estimate) bool {
	return Known(difference) && (difference.Low > 0 || difference.High < 0)
}
