package random

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// topAt stands for probability 1 where a distribution has no largest value:
// the last cell, of probability 2^-33, ends at the quantile of 1 - 2^-35.
const topAt = 1 - 0x1p-35

// tabulate returns the sampler of a quantile function in any unit, scaled so
// that its mean is meanNs. Interpolation alone would put the mean some 1e-5
// off. The function is never asked for probability 1.
func tabulate(what string, meanNs float64, quantile func(p float64) float64) (*Sampler, error) {
	if err := checkMean(what, meanNs); err != nil {
		return nil, err
	}
	var value [nodes]float64
	for i := range value {
		value[i] = quantile(min(nodeAt(i), topAt))
		if i > 0 && value[i] < value[i-1] {
			value[i] = value[i-1] // rounding; gonum's gamma quantile wavers at tiny times
		}
	}
	return scaled(what, meanNs, &value)
}

func checkMean(what string, meanNs float64) error {
	if meanNs > MaxNs && !math.IsInf(meanNs, 1) {
		return &LimitError{what, meanNs}
	}
	if !(meanNs >= 0 && meanNs <= MaxNs) {
		return fmt.Errorf("random: %s: mean is %g ns: want 0 to %d ns (208 days)", what, meanNs, int64(MaxNs))
	}
	return nil
}

// scaled returns the sampler of the values times what makes their mean meanNs.
func scaled(what string, meanNs float64, value *[nodes]float64) (*Sampler, error) {
	mean := 0.0
	for i := range nodes - 1 {
		mean += (nodeAt(i+1) - nodeAt(i)) * (value[i] + value[i+1]) / 2
	}
	factor := 0.0
	if meanNs > 0 {
		factor = meanNs / mean
	}
	for i := range value {
		value[i] *= factor
	}
	return fromValues(what, value)
}

// checkCV returns an error unless cv, a coefficient of variation, lies in
// lo..hi.
func checkCV(what string, cv, lo, hi float64) error {
	if cv >= lo && cv <= hi {
		return nil
	}
	return fmt.Errorf("random: %s: cv is %g: want %g to %g", what, cv, lo, hi)
}

// Constant returns a sampler of one time; it is rounded to nanoseconds.
func Constant(ns float64) (*Sampler, error) {
	if err := checkMean("constant", ns); err != nil {
		return nil, err
	}
	t := &Sampler{}
	for i := range t.node {
		t.node[i] = uint64(math.Round((ns + 0.5) * one))
	}
	t.mean = math.Floor(float64(t.node[0]) / one)
	return t, nil
}

// Uniform returns a sampler of times uniform between two.
func Uniform(lowNs, highNs float64) (*Sampler, error) {
	if !(lowNs >= 0 && lowNs <= highNs) {
		return nil, fmt.Errorf("random: uniform: from %g to %g ns: want 0 <= from <= to", lowNs, highNs)
	}
	return tabulate("uniform", (lowNs+highNs)/2, func(p float64) float64 { return lowNs + p*(highNs-lowNs) })
}

// Exponential returns a sampler with the given mean.
func Exponential(meanNs float64) (*Sampler, error) {
	return tabulate("exponential", meanNs, distuv.Exponential{Rate: 1}.Quantile)
}

// Lognormal returns a sampler with the given mean and coefficient of
// variation, 0 to 10: sigma^2 = ln(1 + cv^2).
func Lognormal(meanNs, cv float64) (*Sampler, error) {
	if err := checkCV("lognormal", cv, 0, 10); err != nil {
		return nil, err
	}
	if cv == 0 {
		return Constant(meanNs)
	}
	d := distuv.LogNormal{Sigma: math.Sqrt(math.Log1p(cv * cv))}
	return tabulate("lognormal", meanNs, d.Quantile)
}

// Gamma returns a sampler with the given mean and coefficient of variation,
// 0 or 0.01 to 5: shape 1/cv^2.
func Gamma(meanNs, cv float64) (*Sampler, error) {
	if cv == 0 {
		return Constant(meanNs)
	}
	if err := checkCV("gamma", cv, 0.01, 5); err != nil {
		return nil, err
	}
	d := distuv.Gamma{Alpha: 1 / (cv * cv), Beta: 1}
	return tabulate("gamma", meanNs, d.Quantile)
}

// Erlang returns a sampler of the sum of k exponential phases, 1 to 10,000.
func Erlang(k int, meanNs float64) (*Sampler, error) {
	if k < 1 || k > 10_000 {
		return nil, fmt.Errorf("random: erlang: k is %d: want 1 to 10000", k)
	}
	return tabulate("erlang", meanNs, distuv.Gamma{Alpha: float64(k), Beta: 1}.Quantile)
}

// Hyperexponential returns a sampler of a mix of two exponentials with
// balanced means (each contributes half of the mean: Whitt 1982, The Queueing
// Network Analyzer, Bell System Technical Journal 62(9), 2779-2815), with cv
// from 1 to 10.
func Hyperexponential(meanNs, cv float64) (*Sampler, error) {
	if err := checkCV("hyperexponential", cv, 1, 10); err != nil {
		return nil, err
	}
	c2 := cv * cv
	p := (1 + math.Sqrt((c2-1)/(c2+1))) / 2 // weight of the faster one
	d := h2{p: p, fast: 2 * p, slow: 2 * (1 - p)}
	return tabulate("hyperexponential", meanNs, d.quantile)
}

// h2 has the survival function p exp(-fast x) + (1-p) exp(-slow x).
type h2 struct{ p, fast, slow float64 }

// quantile solves survival = 1 - u by bisection on [0, the slow one's
// quantile], of which the survival is at most that of the slow one.
func (d h2) quantile(u float64) float64 {
	low, high := 0.0, -math.Log1p(-u)/d.slow
	for range 200 {
		mid := low + (high-low)/2
		if mid == low || mid == high {
			break
		}
		survival := d.p*math.Exp(-d.fast*mid) + (1-d.p)*math.Exp(-d.slow*mid)
		if survival > 1-u {
			low = mid
		} else {
			high = mid
		}
	}
	return low + (high-low)/2
}
