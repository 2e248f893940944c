package valid

import (
	"sort"

	"gonum.org/v1/gonum/mathext"
)

// Confidence is that with which a percentile is claimed.
const Confidence = 0.99

// MLPerf Inference claims the percentile p of a latency by its early-stopping rule (mlperf_inference_rules, "Early Stopping
// Criterion"; loadgen/early_stopping.cc): of n requests, t may have taken longer, if so few would be seen in n draws with
// probability 1 - Confidence at most where the percentile were longer. Requests count as independent, as they do there; in a
// queue neighbours are not, and the rule is then too kind.

// enough says that t of n requests above a latency are few enough to claim that the percentile p lies below it: the probability
// of t or fewer of n with chance 1 - p each, which is the regularized incomplete beta function I_p(n-t, t+1).
func enough(n, t int, p float64) bool {
	return n > t && mathext.RegIncBeta(float64(n-t), float64(t+1), p) <= 1-Confidence
}

// Needed is how many requests it takes until a percentile can be claimed that is not the largest latency of all: 662 for p99.
func Needed(p float64) int {
	return 1 + sort.Search(1<<30, func(n int) bool { return enough(n+1, 1, p) })
}

// Bound is a latency below which the percentile p lies with Confidence, as the early-stopping rule claims it; 0 where latencies,
// which are sorted, are too few for any.
func Bound(sorted []float64, p float64) float64 {
	n := len(sorted)
	if !enough(n, 1, p) {
		return 0
	}
	t := sort.Search(n, func(t int) bool { return !enough(n, t, p) }) - 1 // enough is true up to t
	return sorted[n-1-t]
}
