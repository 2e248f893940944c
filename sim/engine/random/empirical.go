package random

import (
	"fmt"
	"sort"
)

// Empirical returns a sampler of measured quantiles: quantilesNs[i] is the
// quantile at probabilities[i]. Between them the quantile function is linear;
// outside it keeps the first and the last value (a tail that nobody measured
// is not made up). All times are then scaled by one factor so that the mean
// is meanNs, for a mean is measured better than what quantiles tell of it.
//
// Probabilities must rise strictly within [0, 1]; quantiles must not fall
// and not be negative.
func Empirical(probabilities, quantilesNs []float64, meanNs float64) (*Sampler, error) {
	if err := checkEmpirical(probabilities, quantilesNs, meanNs); err != nil {
		return nil, err
	}
	quantile := func(p float64) float64 {
		i := sort.SearchFloat64s(probabilities, p)
		switch {
		case i == 0:
			return quantilesNs[0]
		case i == len(probabilities):
			return quantilesNs[i-1]
		}
		w := (p - probabilities[i-1]) / (probabilities[i] - probabilities[i-1])
		return quantilesNs[i-1]*(1-w) + quantilesNs[i]*w
	}
	return tabulate("empirical", meanNs, quantile)
}

func checkEmpirical(p, q []float64, meanNs float64) error {
	if len(p) == 0 || len(p) != len(q) {
		return fmt.Errorf("random: empirical: %d probabilities and %d quantiles: want as many of both, at least one", len(p), len(q))
	}
	for i := range p {
		if !(p[i] >= 0 && p[i] <= 1) || i > 0 && p[i] <= p[i-1] {
			return fmt.Errorf("random: empirical: probability %d is %g: want them to rise within 0 to 1", i, p[i])
		}
		if !(q[i] >= 0 && q[i] <= MaxNs) || i > 0 && q[i] < q[i-1] {
			return fmt.Errorf("random: empirical: quantile %d is %g ns: want them not to fall within 0 to %d ns (208 days)", i, q[i], int64(MaxNs))
		}
	}
	if last := q[len(q)-1]; last == 0 && meanNs != 0 {
		return fmt.Errorf("random: empirical: mean is %g ns but all quantiles are 0", meanNs)
	}
	return nil
}

// Interpolate returns the sampler with quantiles (1-w) a + w b, 0 <= w <= 1:
// for a batch size between two measured ones, w of the way from a's to b's.
func Interpolate(a, b *Sampler, w float64) (*Sampler, error) {
	if !(w >= 0 && w <= 1) {
		return nil, fmt.Errorf("random: interpolate: weight is %g: want 0 to 1", w)
	}
	var value [nodes]float64
	for i := range value {
		value[i] = (1-w)*a.value(i) + w*b.value(i)
	}
	return fromValues("interpolate", &value)
}

// Scale returns the sampler of factor times what s draws, before rounding.
func Scale(s *Sampler, factor float64) (*Sampler, error) {
	if !(factor >= 0) {
		return nil, fmt.Errorf("random: scale: factor is %g: want 0 or more", factor)
	}
	var value [nodes]float64
	for i := range value {
		value[i] = factor * s.value(i)
	}
	return fromValues("scale", &value)
}
