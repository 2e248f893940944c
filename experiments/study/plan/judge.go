package plan

import (
	"math"

	"vsim/sim"
	"vsim/sim/predict"
)

// verdict says what a prediction says of objectives.
type verdict struct {
	point float64 // the largest part of a limit that a value takes: 1 is the limit
	low   float64 // the same at the favourable ends of the intervals
	high  float64 // and at the far sides of intervals twice as wide: another seed's prediction lies within, too
	worst int     // the objective of point
}

// widened is by how much the intervals are widened before a plan holds: two predictions of other seeds differ by more than
// one from the truth.
const widened = 2

// judge compares a prediction with objectives. An overloaded system meets none.
func judge(p *sim.Prediction, slos []SLO) (v verdict) {
	for i := range slos {
		o := &slos[i]
		e := o.of(p)
		far, near := e.Value+widened*(e.High-e.Value), e.Low
		if o.Above {
			far, near = e.Value-widened*(e.Value-e.Low), e.High
		}
		high := o.load(far)
		if s := o.spread(p); s != nil {
			high = max(high, o.load(s.High))
		}
		point := o.load(e.Value)
		if point > v.point || i == 0 {
			v.point, v.worst = point, i
		}
		v.low, v.high = max(v.low, o.load(near)), max(v.high, high)
	}
	if p.Verdict == predict.Overloaded {
		v.point, v.low, v.high = math.Inf(1), math.Inf(1), math.Inf(1)
	}
	return v
}

// holds says that the objectives are met, with room for other seeds and for what the profile leaves open.
func (v verdict) holds() bool { return v.high <= 1 }

// fails says that they are not, beyond chance.
func (v verdict) fails() bool { return v.low > 1 }
