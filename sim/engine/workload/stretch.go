package workload

import (
	"math"

	"vsim/sim/engine/event"
)

// A source's own clock shows the sum of the gaps drawn so far and runs at a speed that follows the rate:
// at speed 1 one arrival comes in a mean gap, at speed 2 two. Speeds are fixed-point numbers, and what the
// clock shows is counted in the same fractions of a nanosecond, as an area under the speed.

// scale turns rates into speeds.
type scale struct {
	unit  float64 // speed of a rate of 1/s
	shift uint    // binary digits behind the point
}

const (
	// speedBits is how exact the fastest speed is, and all others absolutely: a float64's mantissa.
	speedBits = 52
	// maxShift keeps a gap of 2^54 ns, the longest that a Sampler draws, well within 128 bits.
	maxShift = 60
)

// newScale returns the scale for gaps of a mean and the highest of the rates.
func newScale(meanGapNs, fastest float64) scale {
	unit := meanGapNs / 1e9
	_, exponent := math.Frexp(fastest * unit)
	return scale{unit, uint(min(max(speedBits-exponent, 0), maxShift))}
}

func (s scale) speed(rate float64) uint64 {
	return uint64(math.Round(math.Ldexp(rate*s.unit, int(s.shift))))
}

// stretch is a stretch of time over which the speed is constant or goes linearly from one value to
// another.
type stretch struct {
	length   event.Time
	from, to uint64
	area     wide // under the speed: how far the clock goes on
}

func newStretch(length event.Time, from, to uint64) stretch {
	return stretch{length, from, to, product(from+to, uint64(length)).right(1)}
}

// at returns the time, from the start of the stretch, at which the clock has gone on by area: the first
// such time, rounded to ns. Area is at most that of the stretch. At constant speed it is exact. Else it
// solves
//
//	from x + (to - from) x^2 / (2 length) = area
//
// in the form that never cancels (Press et al. 2007, Numerical Recipes, section 5.6), by operations that
// IEEE 754 rounds alike on every machine; it is off by at most 1e-14 of the stretch's area.
func (s *stretch) at(area wide) event.Time {
	switch {
	case area == wide{}:
		return 0
	case s.from == s.to:
		return event.Time(area.plus(wide{lo: s.from / 2}).over(s.from, uint64(s.length)))
	}
	from, to, length, a := float64(s.from), float64(s.to), float64(s.length), area.float()
	square := float64(from*from) + float64(2*(to-from)*a/length)
	x := 2 * a / (from + math.Sqrt(max(square, 0)))
	return min(event.Time(math.Round(x)), s.length)
}
