package random

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
