package random

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Counter draws whole numbers, such as the faces of a frame, each with its probability. It draws by inversion:
// one uniform number a draw, larger numbers giving larger counts. A probability is exact to 2^-53, the distance
// of the uniform numbers.
//
// A Counter does not change after it is made; share it freely.
type Counter struct {
	values []int    // ascending
	upTo   []uint64 // probability of this value or a smaller one, in units of 2^-53
	mean   float64
}

// NewCounter returns a counter of values, in any order, in proportion to their weights. Values must not be
// negative; weights must not be negative or infinite, and must have a positive sum.
func NewCounter(values []int, weights []float64) (*Counter, error) {
	if len(values) != len(weights) {
		return nil, fmt.Errorf("random: counter: %d values and %d weights: want as many of both", len(values), len(weights))
	}
	order := make([]int, 0, len(values))
	total := 0.0
	for i, v := range values {
		if v < 0 || v > math.MaxInt32 || !(weights[i] >= 0) {
			return nil, fmt.Errorf("random: counter: value %d is %d of weight %g: want neither to be negative, and values below 2^31", i, v, weights[i])
		}
		total += weights[i]
		order = append(order, i)
	}
	if !(total > 0) || math.IsInf(total, 1) {
		return nil, fmt.Errorf("random: counter: the sum of the weights is %g: want it positive and finite", total)
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	c := &Counter{}
	sum, below := 0.0, uint64(0)
	for _, i := range order {
		sum += weights[i]
		upTo := uint64(math.Round(min(sum/total, 1) * (1 << 53)))
		if upTo == below {
			continue // never drawn
		}
		c.mean += float64(values[i]) * float64(upTo-below) / (1 << 53)
		c.values, c.upTo = append(c.values, values[i]), append(c.upTo, upTo)
		below = upTo
	}
	return c, nil
}

// Draw returns the next number.
func (c *Counter) Draw(s *Stream) int {
	u := s.Uint64() >> 11
	i, equal := slices.BinarySearch(c.upTo, u)
	if equal {
		i++ // u = upTo[i] is the first that belongs to the next value
	}
	return c.values[i]
}

// Mean returns the mean of what Draw returns.
func (c *Counter) Mean() float64 { return c.mean }

// Min and Max return the smallest and the largest number that Draw returns.
func (c *Counter) Min() int { return c.values[0] }
func (c *Counter) Max() int { return c.values[len(c.values)-1] }
