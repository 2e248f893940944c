package compile

import (
	"fmt"

	"vsim/profile"
	"vsim/sim/scenario"
	"vsim/sim/topology"
)

// support counts the times of one step by where they come from.
type support struct {
	step  string
	count map[topology.Origin]int
	falls string // the two batch sizes from which other sizes were to be extrapolated, where the larger takes less time
}

// mark counts one more time of the present step.
func (b *builder) mark(o topology.Origin) {
	s := b.supports[len(b.supports)-1]
	if s.count == nil {
		s.count = map[topology.Origin]int{}
	}
	s.count[o]++
}

// markPoint counts a point of a profile.
func (b *builder) markPoint(l *scenario.Measurement, s profile.Support) {
	switch {
	case s == profile.Interpolated:
		b.mark(topology.Interpolated)
	case s == profile.Extrapolated:
		b.mark(topology.Extrapolated)
	case l.Origin == profile.Published:
		b.mark(topology.Published)
	default:
		b.mark(topology.Measured)
	}
}

// origin is the least certain of the origins of a step's times, over all batch sizes and classes. Figures
// between or beyond those of a profile or table are interpolated or extrapolated.
func (s *support) origin() (least topology.Origin) {
	for _, o := range topology.Origins {
		if s.count[o] > 0 {
			least = o
		}
	}
	return least
}

// noteFalling notes that a step's times are extrapolated from two batch sizes of which the larger takes no more time.
func (b *builder) noteFalling(br profile.Bracket) {
	b.supports[len(b.supports)-1].falls = fmt.Sprintf("%d to %d", br.Low.Batch, br.High.Batch)
}
