package oracle

import "math"

// Bulk is the steady state of a server of batches.
type Bulk struct {
	Batch       float64 // mean size of a batch
	Utilization float64 // share of time that the server works
	Sojourn     float64 // mean time from arrival to the end of the batch
}

// BulkQueue returns the steady state of a single server that, when it is free
// and somebody waits, takes all who wait but no more than maxBatch, for service
// of a time that the size of the batch determines; arrivals are Poisson. It is
// solved numerically as the chain of how many wait when the server comes free.
// With no limit on the batch (maxBatch = 0) it is the chain of batch sizes of
// Inoue 2021, Queueing analysis of GPU-based inference servers with dynamic
// batching: a closed-form characterization, Performance Evaluation 147,
// section 3.1. States from top on are cut off: choose top well above the
// number that ever waits, at most a few hundred.
func BulkQueue(lambda float64, service func(batch int) float64, maxBatch, top int) Bulk {
	if maxBatch == 0 {
		maxBatch = top
	}
	// Somebody must be there to start: nobody is like one who comes later.
	batch := func(waiting int) int { return min(max(waiting, 1), maxBatch) }
	next := make([][]float64, top)
	for n := range next {
		next[n] = make([]float64, top)
		left := max(n, 1) - batch(n)
		poisson(next[n][left:], lambda*service(batch(n)))
	}
	var b Bulk
	var cycle, idle, inside, batches float64
	for n, share := range stationary(next) {
		size, time := float64(batch(n)), service(batch(n))
		left := float64(max(n, 1)) - size
		batches += share * size
		inside += share * ((size+left)*time + lambda*time*time/2)
		cycle += share * time
		if n == 0 {
			idle += share / lambda
		}
	}
	b.Batch = batches
	b.Utilization = cycle / (cycle + idle)
	b.Sojourn = inside / (cycle + idle) / lambda // Little's law
	return b
}

// poisson fills p with the Poisson probabilities of a mean, the rest of them
// in the last.
func poisson(p []float64, mean float64) {
	rest := 1.0
	for k := range p {
		logarithm, _ := math.Lgamma(float64(k + 1))
		p[k] = math.Exp(float64(k)*math.Log(mean) - mean - logarithm)
		rest -= p[k]
	}
	p[len(p)-1] += max(rest, 0)
}

// stationary returns the stationary distribution of a transition matrix, which
// it uses up: the elimination of Grassmann, Taksar and Heyman (1985,
// Regenerative analysis and steady state distributions for Markov chains,
// Operations Research 33(5), 1107-1116), which never subtracts.
func stationary(p [][]float64) []float64 {
	for n := len(p) - 1; n > 0; n-- {
		out := 0.0
		for j := range n {
			out += p[n][j]
		}
		for i := range n {
			p[i][n] /= out
			for j := range n {
				p[i][j] += p[i][n] * p[n][j]
			}
		}
	}
	share := make([]float64, len(p))
	share[0] = 1
	total := 1.0
	for n := 1; n < len(p); n++ {
		for i := range n {
			share[n] += share[i] * p[i][n]
		}
		total += share[n]
	}
	for n := range share {
		share[n] /= total
	}
	return share
}

// InoueBound returns the upper bound on the mean sojourn of BulkQueue without a
// limit on the batch and with service alpha b + tau0 (Inoue 2021, theorem 2,
// eqs. 41-43): the lesser of one that is tight at low load (from a mean batch
// of at least 1) and one that is tight above (from a server never idle). It is
// close to the exact mean.
func InoueBound(lambda, alpha, tau0 float64) float64 {
	rho, t := lambda*alpha, lambda*tau0
	if rho >= 1 {
		return math.Inf(1)
	}
	low := (alpha + tau0) / (2 * (1 - rho)) * (1 + 2*t + (1-t)/(1+rho))
	high := 1.5*tau0/(1-rho) + alpha/2*(rho+2)/(1-rho*rho)
	return min(low, high)
}
