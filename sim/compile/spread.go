package compile

import (
	"fmt"

	"vsim/sim/engine/random"
)

// mean makes the sampler of a time of which only the mean is known: a constant, or lognormal with the cv that the
// scenario assumes of such times.
func (b *builder) mean(ns float64) (*random.Sampler, error) {
	cv := b.s.Scaling.Spread
	if cv == 0 || ns == 0 {
		return random.Constant(ns)
	}
	b.assumed = true
	return random.Lognormal(ns, cv)
}

// assumption says for people that a spread is none that was measured; "" where none is assumed.
func (b *builder) assumption() string {
	if !b.assumed {
		return ""
	}
	return fmt.Sprintf("Assumed, not measured: times of which only the mean is known vary with a cv of %v (scaling.spread; 0 is none).", b.s.Scaling.Spread)
}
