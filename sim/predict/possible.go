package predict

import (
	"math"
	"time"

	"gonum.org/v1/gonum/stat"
)

// bounds are what a number of one live run cannot be outside of, whatever its spread says: 0 and infinity where nothing is known.
type bounds struct{ least, most float64 }

// latencyBounds are those of latencies, seconds: none is below the fastest request of all replicates, and none above the time
// since the first arrival. Traffic that ends is waited for, however long that takes.
func latencyBounds(way *plan, fixed, drawn []shown) bounds {
	out := bounds{math.Inf(1), math.Inf(1)}
	for _, runs := range [][]shown{fixed, drawn} {
		for i := range runs {
			if runs[i].fastest > 0 {
				out.least = min(out.least, runs[i].fastest*1e-9)
			}
		}
	}
	if math.IsInf(out.least, 1) {
		out.least = 0
	}
	if way.warmUp > 0 {
		out.most = (way.horizon + warmUp(way.horizon)).Seconds()
	}
	return out
}

// throughputBounds: the clients of an open loop send what they send, to a fast server too; so more than they may send in one
// run is not done in it. (Where more is done than sent, a queue of before is worked off.)
func (s *study) throughputBounds(way *plan, fixed []shown) bounds {
	out := bounds{0, math.Inf(1)}
	if s.sys.Source.Clients > 0 || len(fixed) < 2 {
		return out
	}
	offered := make([]float64, len(fixed))
	for i := range fixed {
		offered[i] = max(fixed[i].offered, fixed[i].throughput)
	}
	mean, variance := stat.MeanVariance(offered, nil)
	oneMore := 1 / max(way.horizon, time.Nanosecond).Seconds() // where a window begins decides about a request
	out.most = mean + studentHalf(variance*way.part, len(fixed)) + oneMore
	return out
}

// keep moves the interval's ends to the limits where they are beyond them, but not past its center. A model that is wrong by a
// factor is so about the fastest request too.
func (s *Spread) keep(l bounds, modelFactor float64) {
	if math.IsNaN(s.Low) {
		return
	}
	s.limits = l
	center := s.scale.from(s.center)
	s.Low, s.High = min(max(s.Low, l.least/modelFactor), center), max(min(s.High, l.most), center)
}

// order uses that in any run p50 is at most p90, and so on: one that is at least so much makes all above it at least that, one
// that is at most so much all below it at most that. So no interval misses more often than before.
func (l *SpreadOfLatency) order() {
	quantiles := []*Spread{&l.P50, &l.P90, &l.P95, &l.P99, &l.P999}
	for i := 1; i < len(quantiles); i++ {
		quantiles[i].Low = larger(quantiles[i].Low, quantiles[i-1].Low)
	}
	for i := len(quantiles) - 2; i >= 0; i-- {
		quantiles[i].High = -larger(-quantiles[i].High, -quantiles[i+1].High)
	}
}

// larger is a, or b where that is larger; NaN where a is, whatever b is.
func larger(a, b float64) float64 {
	if b > a {
		return b
	}
	return a
}
