package random

import (
	"fmt"
	"math"
	"math/bits"
)

// The grid of a sampler cuts the unit interval into 2^midBits equal cells,
// but for its two ends of edge cells each (1/32), where cells shrink with the
// distance from the end: 2^tailBits equal cells to each octave of distance,
// 2^-6 to 2^-5, 2^-7 to 2^-6, ... and to the innermost, 0 to 2^-28. Quantiles
// are so right out to 1 - 1e-9 and beyond.
const (
	midBits = 9
	edge    = 16
	mids    = 1<<midBits - 2*edge // equal cells

	tailBits  = 5
	outerBits = 64 - midBits + 4                        // distances from an end, in 2^-64, are below 2^outerBits
	innerBits = 64 - 28                                 // and the innermost octave below 2^innerBits
	tails     = (outerBits - innerBits + 1) << tailBits // cells of one end

	nodes = tails + mids + tails + 1
)

// Values are fixed-point: nanoseconds with fracBits binary digits behind the
// point. Integer arithmetic is the same on every machine; fused
// multiply-adds, which some have, would give floats other last bits.
const (
	fracBits = 8
	one      = 1 << fracBits
)

// LimitError says that a distribution, by name, has times beyond MaxNs.
type LimitError struct {
	Distribution string
	Ns           float64
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("random: %s: a time of %.4g ns: want at most %d ns (208 days)", e.Distribution, e.Ns, int64(MaxNs))
}

// MaxNs is the largest time that a Sampler can hold, 2^54 ns or 208 days.
const MaxNs = 1 << 54

// Sampler draws times from one distribution by inversion: one uniform number
// a draw, larger numbers giving larger times, so that common random numbers
// stay aligned. The distribution is piecewise linear between the quantiles at
// the nodes of a fixed grid, the same for all samplers. It takes 16 kB.
//
// A Sampler does not change after it is made; share it freely.
type Sampler struct {
	node [nodes]uint64 // value at each node plus half a nanosecond, ascending
	mean float64
}

// Draw returns the next time in nanoseconds.
func (t *Sampler) Draw(s *Stream) int64 {
	u := s.pcg.Uint64()
	cell := u >> (64 - midBits)
	if cell-edge >= mids { // also when cell < edge: 1 draw in 16
		return t.tail(u)
	}
	low, high := t.node[tails-edge+cell], t.node[tails-edge+cell+1]
	rise, _ := bits.Mul64(u<<midBits, high-low)
	return int64((low + rise) >> fracBits)
}

// tail is Draw where u/2^64 is within 1/32 of 0 or 1.
func (t *Sampler) tail(u uint64) int64 {
	if distance := ^u; distance < u {
		cell, frac := tailCell(distance)
		high, low := t.node[nodes-1-cell], t.node[nodes-2-cell]
		fall, _ := bits.Mul64(frac, high-low)
		return int64((high - fall) >> fracBits)
	}
	cell, frac := tailCell(u)
	low, high := t.node[cell], t.node[cell+1]
	rise, _ := bits.Mul64(frac, high-low)
	return int64((low + rise) >> fracBits)
}

// tailCell returns the cell, counted from the end, at a distance from it, and
// the place in the cell in 2^-64 of its width. Like a bucket of a log-linear
// histogram, a cell is named by the exponent and the first bits of a number.
func tailCell(distance uint64) (cell int, frac uint64) {
	octave := max(bits.Len64(distance)-innerBits-1, 0)
	width := octave + innerBits - tailBits // in bits
	return octave<<tailBits + int(distance>>width), distance << (64 - width)
}

// At returns the quantile at u (clamped to [0, 1]) in nanoseconds, before
// Draw's rounding to whole ones.
func (t *Sampler) At(u float64) float64 {
	u = min(max(u, 0), 1)
	cell := 0
	for lo, hi := 0, nodes-1; lo < hi; { // the last cell that starts at or below u
		mid := (lo + hi + 1) / 2
		if nodeAt(mid) <= u {
			lo, cell = mid, mid
		} else {
			hi = mid - 1
		}
	}
	cell = min(cell, nodes-2)
	from, to := nodeAt(cell), nodeAt(cell+1)
	low, high := t.value(cell), t.value(cell+1)
	return low + (high-low)*(u-from)/(to-from)
}

// Constant says whether all draws are equal, and to what.
func (t *Sampler) Constant() (ns int64, ok bool) {
	return int64(t.node[0] >> fracBits), t.node[0] == t.node[nodes-1]
}

// Mean returns the mean of what Draw returns, rounding included.
func (t *Sampler) Mean() float64 { return t.mean }

// value returns the time in ns at a node.
func (t *Sampler) value(node int) float64 { return float64(t.node[node])/one - 0.5 }

// nodeAt returns the probability at a node. It is exact: every one is a
// multiple of 2^-33.
func nodeAt(node int) float64 { return probabilities[node] }

// probabilities are those at the nodes, once for all samplers: making one asks for each several times.
var probabilities = func() (at [nodes]float64) {
	for i := range at {
		at[i] = probabilityAt(i)
	}
	return at
}()

func probabilityAt(node int) float64 {
	switch {
	case node > tails+mids:
		return 1 - probabilityAt(nodes-1-node)
	case node > tails:
		return math.Ldexp(float64(node-tails+edge), -midBits)
	}
	octave := max(node>>tailBits-1, 0)
	return math.Ldexp(float64(node-octave<<tailBits), octave+innerBits-tailBits-64)
}

// fromValues returns the sampler with the given times at the nodes.
func fromValues(what string, value *[nodes]float64) (*Sampler, error) {
	t := &Sampler{}
	for i, x := range value {
		if !(x >= 0 && x <= MaxNs) {
			if x > MaxNs {
				return nil, &LimitError{what, x}
			}
			return nil, fmt.Errorf("random: %s: the quantile at %g is %g ns: want 0 to %d ns (208 days)", what, nodeAt(i), x, int64(MaxNs))
		}
		if i > 0 && x < value[i-1] {
			return nil, fmt.Errorf("random: %s: the quantile falls from %g to %g ns at %g: want it never to fall", what, value[i-1], x, nodeAt(i))
		}
		t.node[i] = uint64(math.Round((x + 0.5) * one))
	}
	t.mean = t.roundedMean()
	return t, nil
}

// roundedMean returns the mean of what Draw returns: of floor(x), x uniform
// between the nodes of each cell.
func (t *Sampler) roundedMean() float64 {
	sum, lost := 0.0, 0.0
	for i := range nodes - 1 {
		term := (nodeAt(i+1)-nodeAt(i))*meanFloor(t.node[i], t.node[i+1]) - lost // Kahan's sum
		next := sum + term
		lost = next - sum - term
		sum = next
	}
	return sum
}

// meanFloor returns the mean of floor(x) for x uniform in [low, high), both
// fixed-point. As floor(x) = x - r with r the fraction of x, and the integral
// of r from 0 to x is floor(x)/2 + r^2/2 = x/2 - r(1-r)/2, it is
// (low+high)/2 - 1/2 + (r(1-r) at high - r(1-r) at low) / (2(high-low)).
func meanFloor(low, high uint64) float64 {
	a, b := float64(low)/one, float64(high)/one
	if low == high {
		return math.Floor(a)
	}
	ripple := func(x float64) float64 { r := x - math.Floor(x); return r * (1 - r) }
	return (a+b)/2 - 0.5 + (ripple(b)-ripple(a))/(2*(b-a))
}
