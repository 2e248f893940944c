package scenario

import (
	"cmp"
	"math"

	"vsim/sim/engine/random"
)

// percentile is a key of a distribution that gives one quantile.
type percentile struct {
	key         string
	probability float64
	value       Duration
}

// percentiles lists those that are written, ascending.
func (d *Distribution) percentiles() (out []percentile) {
	for _, p := range []percentile{{"p50", 0.5, d.P50}, {"p90", 0.9, d.P90}, {"p95", 0.95, d.P95}, {"p99", 0.99, d.P99}, {"p999", 0.999, d.P999}} {
		if p.value != 0 {
			out = append(out, p)
		}
	}
	return out
}

// quantileFunction is the piecewise linear one through the percentiles. Nobody publishes the ends: the fastest is as
// far below the median as the lowest other percentile is above it, and the slowest lies on the line through the last
// two. Without p50 the mean is the median, before all is scaled to the mean.
func (d *Distribution) quantileFunction() (probabilities, quantilesNs []float64) {
	all := d.percentiles()
	if d.P50 == 0 {
		all = append([]percentile{{"p50", 0.5, d.Mean}}, all...)
	}
	first, second, last := all[0], all[1], all[len(all)-1]
	before := all[len(all)-2]
	probabilities = []float64{0}
	quantilesNs = []float64{max(2*first.value.Ns()-second.value.Ns(), 0)}
	for _, p := range all {
		probabilities, quantilesNs = append(probabilities, p.probability), append(quantilesNs, p.value.Ns())
	}
	slope := (last.value.Ns() - before.value.Ns()) / (last.probability - before.probability)
	return append(probabilities, 1), append(quantilesNs, last.value.Ns()+slope*(1-last.probability))
}

// meanOf is the mean of a piecewise linear quantile function.
func meanOf(probabilities, quantilesNs []float64) (mean float64) {
	for i := 1; i < len(probabilities); i++ {
		mean += (probabilities[i] - probabilities[i-1]) * (quantilesNs[i] + quantilesNs[i-1]) / 2
	}
	return mean
}

// percentilesMeanNs is the mean: as written, else that of the quantile function.
func (d *Distribution) percentilesMeanNs() float64 {
	return cmp.Or(d.Mean.Ns(), meanOf(d.quantileFunction()))
}

func percentilesSampler(d *Distribution, mean float64) (*random.Sampler, error) {
	p, q := d.quantileFunction()
	return random.Empirical(p, q, mean)
}

// meanSlack is how far a mean may be from that of the line through the percentiles, which is scaled to it: what lies between
// them and beyond the last is not known.
const meanSlack = 0.25

// checkPercentiles checks that they ascend and suffice.
func (d *decoder) checkPercentiles(path string, dist *Distribution) {
	all := dist.percentiles()
	switch {
	case len(all) == 0 || len(all) == 1 && (dist.P50 != 0 || dist.Mean == 0):
		d.fault(path, nil, "one time tells no spread; give p50 (or the mean) and one or more of p90, p95, p99, p999")
		return
	case dist.P50 == 0 && dist.Mean > 0 && all[0].value < dist.Mean:
		d.fault(join(path, all[0].key), string(mustText(all[0].value)), "is below the mean, which stands for the median without p50; give p50")
		return
	case dist.P50 == 0 && dist.Mean == 0:
		d.fault(join(path, "p50"), nil, "missing; without it give the mean")
		return
	}
	if mean, own := dist.Mean.Ns(), meanOf(dist.quantileFunction()); dist.P50 != 0 && mean > 0 && math.Abs(mean/own-1) > meanSlack {
		d.fault(join(path, "mean"), string(mustText(dist.Mean)), "contradicts the percentiles, whose mean is about %s; leave one of them out", mustText(Duration(own)))
		return
	}
	for i := 1; i < len(all); i++ {
		if all[i].value < all[i-1].value {
			d.fault(join(path, all[i].key), string(mustText(all[i].value)), "must not be below %s = %s", all[i-1].key, mustText(all[i-1].value))
			return
		}
	}
}

// AssumedSpread is the coefficient of variation that importers assume of times of which a source gives the mean alone.
// The p99 of single clients behind twelve published servers (NVIDIA/DeepLearningExamples: ResNet-50 by PyTorch on an
// A100 and by TensorFlow on A40, A100, V100 and T4; seven GPUNets on a V100) are those of cv 0.004 to 0.16, in the
// median of each. Under load tails are longer: with 0.1 p99 over mean comes out as published for the A100 (1.12 for
// 1.12 in the median) and 9 % above for the GPUNets, 10 % below with none.
const AssumedSpread = 0.1
