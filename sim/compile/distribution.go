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

// counter draws the whole numbers of a count.
func counter(c *scenario.Count) (*random.Counter, error) {
	switch c.Dist {
	case "uniform":
		values := make([]int, c.Max-c.Min+1)
		weights := make([]float64, len(values))
		for i := range values {
			values[i], weights[i] = c.Min+i, 1
		}
		return random.NewCounter(values, weights)
	case "poisson":
		return random.NewCounter(poisson(c.Mean))
	case "discrete":
		return random.NewCounter(c.Values, c.Weights)
	}
	return random.NewCounter([]int{int(c.Mean)}, []float64{1})
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
