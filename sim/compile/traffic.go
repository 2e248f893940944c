package compile

import (
	"errors"

	"vsim/sim/scenario"
)

// source makes the arrivals.
func (b *builder) source() {
	source, err := b.g.Source()
	var input *scenario.InputError
	if errors.As(err, &input) {
		b.faults = append(b.faults, input.Faults...)
		return
	}
	b.sys.Source = source
}
