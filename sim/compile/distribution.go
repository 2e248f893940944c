package compile

import (
	"math"

	"vsim/sim/engine/random"
	"vsim/sim/scenario"
)

// inline makes the sampler of a distribution written in the scenario, for a batch size.
func (b *builder) inline(key string, d *scenario.Distribution, batch int) *random.Sampler {
	s, err := d.Sampler(batch)
	if err != nil {
		b.fault(key, err)
	}
	return s
}

// countSampler draws whole numbers: a sampler rounds what it draws, so that a value k that stretches
// evenly from k-1/2 to k+1/2 over its probability is drawn with just that probability. (Where
// neighbouring values are far apart, one draw in some thousand falls between them.)
func countSampler(c *scenario.Count) (*random.Sampler, error) {
	switch c.Dist {
	case "uniform":
		values := make([]int, c.Max-c.Min+1)
		weights := make([]float64, len(values))
		for i := range values {
			values[i], weights[i] = c.Min+i, 1
		}
		return discrete(values, weights)
	case "poisson":
		values, weights := poisson(c.Mean)
		return discrete(values, weights)
	case "discrete":
		return discrete(c.Values, c.Weights)
	}
	return random.Constant(c.Mean)
}

// poisson lists the probabilities of 0, 1, 2, ... as far as they are above 1e-12 of the largest.
func poisson(mean float64) (values []int, weights []float64) {
	for k := 0; ; k++ {
		lg, _ := math.Lgamma(float64(k) + 1)
		p := math.Exp(float64(k)*math.Log(mean) - mean - lg)
		if p < 1e-12 {
			if float64(k) > mean {
				return values, weights
			}
			continue
		}
		values, weights = append(values, k), append(weights, p)
	}
}

func discrete(values []int, weights []float64) (*random.Sampler, error) {
	total := 0.0
	for _, w := range weights {
		total += w
	}
	const gap = 1e-9 // probabilities must rise, also where the values jump
	var probabilities, quantiles []float64
	mean, at := 0.0, 0.0
	add := func(p, q float64) {
		if n := len(quantiles); n > 0 {
			mean += (p - probabilities[n-1]) * (q + quantiles[n-1]) / 2
		}
		probabilities, quantiles = append(probabilities, p), append(quantiles, q)
	}
	for i, v := range values {
		p := weights[i] / total
		if p <= 2*gap {
			continue
		}
		low, high := math.Max(float64(v)-0.5, 0), float64(v)+0.5
		add(at, low)
		at += p
		add(at-gap, high-gap)
	}
	return random.Empirical(probabilities, quantiles, mean)
}
