package stats

// MSER returns how many of the first block means to drop as warm-up: the d
// that minimizes the squared standard error of the mean of those that stay,
//
//	MSER(d) = sum over i >= d of (Y_i - mean of Y_d...)^2 / (n-d)^2,
//
// over d in the first half (White 1997, An effective truncation heuristic for
// bias reduction in simulation output, Simulation 69(6), 323-334; Franklin
// and White 2008, Stationarity tests and MSER-5, Winter Simulation
// Conference, 541-546). Give it block means averaged over replications
// (Welch's averaging), which takes out noise and leaves the transient.
//
// An answer at the limit, len(means)/2, says that the run did not settle:
// simulate longer.
func MSER(means []float64) int {
	n := len(means)
	best, drop := 0.0, 0
	mean, squares := 0.0, 0.0 // of means[d:], by Welford's update
	for d := n - 1; d >= 0; d-- {
		kept := float64(n - d)
		delta := means[d] - mean
		mean += delta / kept
		squares += delta * (means[d] - mean)
		if score := squares / (kept * kept); d <= n/2 && (d == n/2 || score <= best) {
			best, drop = score, d
		}
	}
	return drop
}
