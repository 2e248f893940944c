package calibrate

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"vsim/sim/engine/stats"
	"vsim/sim/scenario"
)

// Spread is the coefficient of variation of the instance's times, and where it comes from. Cv 0 is none.
type Spread struct {
	CV      float64
	Assumed bool
	From    string // a line for people
}

// spreadOf works out the spread of an instance's times from what the tables tell of p99: of the anchors, whose latency
// is two batches one after the other, else of the static table, whose latency is one. The lognormal that has this p99
// over its mean has its cv; of several rows the median counts. Where no table has a p99, it is assumed.
func spreadOf(static []StaticRow, anchors []OnlineRow) Spread {
	var cvs []float64
	for _, a := range anchors {
		if a.P99S > 0 {
			cvs = append(cvs, ofSteps(cvOf(a.P99S/a.AvgS)*a.AvgS/math.Sqrt2, a))
		}
	}
	if len(cvs) > 0 {
		return Spread{CV: rounded(stats.Median(cvs)), From: "from the anchors' p99_ms"}
	}
	for _, row := range static {
		if row.P99S > 0 {
			cvs = append(cvs, ofSteps(cvOf(row.P99S/row.AvgS)*anchors[0].ComputeS(), anchors[0]))
		}
	}
	if len(cvs) > 0 {
		return Spread{CV: rounded(stats.Median(cvs)), From: "from the static table's p99_ms"}
	}
	return AssumeSpread(scenario.AssumedSpread)
}

// ofSteps is the cv with which the instance's three steps, each by itself, give a batch this standard deviation in
// seconds.
func ofSteps(deviationS float64, a OnlineRow) float64 {
	return min(deviationS/math.Sqrt(a.InputS*a.InputS+a.InferS*a.InferS+a.OutputS*a.OutputS), maxSpread)
}

// maxSpread is the largest cv that is written: lognormals of a table may have 10.
const maxSpread = 2

// AssumeSpread is a spread that no table tells.
func AssumeSpread(cv float64) Spread {
	return Spread{CV: cv, Assumed: true, From: "assumed, not measured"}
}

func rounded(cv float64) float64 { return math.Round(1000*cv) / 1000 }

// cvOf is the cv of the lognormal distribution whose p99 is so many times its mean: exp(z s - s^2/2) with z the
// normal's quantile and s^2 = ln(1 + cv^2). Of the two roots the smaller one counts; beyond the largest ratio that a
// lognormal has, exp(z^2/2), it is that of the largest.
func cvOf(ratio float64) float64 {
	z := distuv.UnitNormal.Quantile(0.99)
	log := math.Log(max(ratio, 1))
	s := z - math.Sqrt(max(z*z-2*log, 0))
	return math.Sqrt(math.Expm1(s * s))
}

// Line says in a line what the spread is.
func (s Spread) Line() string {
	if s.CV == 0 {
		return "Spread: none; times are constants, so that no tail is longer than the mean."
	}
	return fmt.Sprintf("Spread: the instance's times vary with a cv of %.3g, %s.", s.CV, s.From)
}
