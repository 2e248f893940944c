package validate

import (
	"math"
	"testing"

	"vsim/profile"
)

// Predictions are off by a tenth either way: with intervals of no width all of it is the model's, with wide ones nothing is.
func TestResidualIsWhatIntervalsDoNotExplain(t *testing.T) {
	rows := func(half float64) (out []Row) {
		for i := range 6 {
			off := math.Exp(0.1 * float64(1-2*(i%2)))
			out = append(out, Row{Metric: latencyMean, Band: profile.Load80, Predicted: off, Measured: 1, Runs: 1,
				Interval95: [2]float64{math.Exp(-half), math.Exp(half)}})
		}
		return out
	}
	for half, want := range map[float64]float64{1e-9: 0.1, both95 * 0.06: 0.08, both95 * 0.3: 0} {
		r := Report{Cases: rows(half)}
		got := r.residuals()
		if len(got) != 1 || got[0].Metric != "mean" || got[0].Band != profile.Load80 || got[0].N != 6 || math.Abs(got[0].LogSD-want) > 1e-9 {
			t.Errorf("intervals of ± %v: %+v, want %v", half, got, want)
		}
	}
	outlier := Report{Cases: rows(1e-9)}
	outlier.Cases[0].Predicted = 2
	if got := outlier.residuals()[0].LogSD; math.Abs(got-0.1/math.Sqrt(0.454936)) > 1e-4 { // the median square of a normal distribution
		t.Errorf("with a case that is off by a factor of 2: %v", got)
	}
	usual := Report{Cases: rows(1)}
	for i := range usual.Cases {
		usual.Cases[i].ownHalf = 1e-9 // all of the interval is the model's usual error
	}
	if got := usual.residuals()[0].LogSD; math.Abs(got-0.1) > 1e-9 {
		t.Errorf("the usual error explains all but %v of 0.1", got)
	}
	if few := (&Report{Cases: rows(0.1)[:2]}).residuals(); few != nil {
		t.Errorf("two cases give %v", few)
	}
}
