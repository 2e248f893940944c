package paper

import (
	"context"

	"vsim/sim"
)

const (
	halvings   = 7   // of the range below
	slowestOf  = 0.8 // of the published single-GPU figure times the GPUs
	fastestOf  = 1.2
	fewestSeen = 1 - 0.005 // of the offered requests are answered, where the system keeps up
)

// rateRange is the range in which the highest rate is that keeps to a limit of latency: low does, high does not.
type rateRange struct {
	of        *scaled
	gpus      int
	low, high float64
}

func (r *rateRange) middle() float64 { return (r.low + r.high) / 2 }

// fastest finds for each system and number of GPUs the highest rate of independent requests whose 99th percentile of latency keeps to the
// system's limit, by halves; all of them in step, so that every core has work. The estimate's ends are the highest rate seen to hold and
// the lowest seen not to.
func fastest(ctx context.Context, lab *Lab, systems []*scaled) error {
	var open []*rateRange
	for _, s := range systems {
		for _, n := range s.of.gpus() {
			each := s.of.one * float64(n)
			open = append(open, &rateRange{s, n, slowestOf * each, fastestOf * each})
		}
	}
	for range halvings {
		points := make([]Point, len(open))
		for i, r := range open {
			points[i] = r.of.of.offered(r.gpus, r.middle())
		}
		got, err := lab.Predict(ctx, points...)
		if err != nil {
			return err
		}
		for i, r := range open {
			if holds(got[i], r.of.of.limitS) {
				r.low = r.middle()
			} else {
				r.high = r.middle()
			}
		}
	}
	for _, r := range open {
		r.of.at[r.gpus] = sim.Estimate{Value: r.middle(), Low: r.low, High: r.high}
	}
	return nil
}

// holds says that the system keeps up and its 99th percentile of latency is at most limitS seconds; a latency that grows without bound
// is not.
func holds(p *sim.Prediction, limitS float64) bool {
	return p.ThroughputRPS.Value >= fewestSeen*p.OfferedRPS.Value && p.LatencyS.P99.Value <= limitS
}
