package random

import (
	"fmt"
	"math"
)

// Scaled returns the distribution with all times so many times as long, which draws from the same uniform numbers. It
// errs with *LimitError where times become longer than MaxNs.
func (t *Sampler) Scaled(factor float64) (*Sampler, error) {
	var value [nodes]float64
	for i := range value {
		value[i] = max(t.value(i), 0) * factor
	}
	return fromValues("scaled", &value)
}

// Less returns the sampler of what s draws with so many nanoseconds less, 0 where it draws no more than that.
func Less(s *Sampler, ns float64) (*Sampler, error) {
	var value [nodes]float64
	for i := range value {
		value[i] = max(s.value(i)-ns, 0)
	}
	return fromValues("less", &value)
}

// Narrower returns the distribution of the same mean with so much less variance, relative to the square of the mean: all times nearer to it in proportion. Where
// there is no more variance than that it is a constant. What a factor with that variance, drawn apart, gives of it has the variance of s (but for their product).
func Narrower(s *Sampler, relative float64) (*Sampler, error) {
	if !(relative >= 0) {
		return nil, fmt.Errorf("random: narrower: the variance is %g: want 0 or more", relative)
	}
	mean, squares := 0.0, 0.0
	for i := range nodes - 1 { // uniform between two nodes
		p, low, high := nodeAt(i+1)-nodeAt(i), max(s.value(i), 0), max(s.value(i+1), 0)
		mean += p * (low + high) / 2
		squares += p * (low*low + low*high + high*high) / 3
	}
	left := 0.0
	if variance := squares - mean*mean; variance > 0 {
		left = math.Sqrt(max(1-relative*mean*mean/variance, 0))
	}
	var value [nodes]float64
	for i := range value {
		value[i] = mean + left*(max(s.value(i), 0)-mean)
	}
	return fromValues("narrower", &value)
}
