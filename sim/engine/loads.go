package engine

import "math"

// loads is how many requests are inside each of some pools or servers, one word for each: the number
// above the index. The least word is then the one with the fewest inside, ties going to the lowest
// index, and a minimum needs no branch.
type loads []uint64

func newLoads(n int) loads {
	l := loads(spaced[uint64](n))
	for i := range l {
		l[i] = uint64(i)
	}
	return l
}

// add changes the number inside i.
func (l loads) add(i, n int32) { l[i] += uint64(int64(n)) << 32 }

// of returns the number inside i.
func (l loads) of(i int32) int32 { return int32(l[i] >> 32) }

// least returns the one of the choices with the fewest inside.
func (l loads) least(choices []int32) int32 {
	best := uint64(math.MaxUint64)
	for _, i := range choices {
		best = min(best, l[i])
	}
	return int32(best & math.MaxUint32)
}

// span returns the part of the loads that the choices are, which is what they mostly are: numbered one
// after the other. Else it returns nil.
func (l loads) span(choices []int32) loads {
	if len(choices) == 0 {
		return nil
	}
	first, n := int(choices[0]), len(choices)
	for k, i := range choices {
		if int(i) != first+k {
			return nil
		}
	}
	return l[first : first+n : first+n]
}

// first returns the one of all with the fewest inside. It goes by eights, since balancers do it for every
// request.
func (l loads) first() int32 {
	best := uint64(math.MaxUint64)
	for ; len(l) >= 8; l = l[8:] {
		w := (*[8]uint64)(l)
		best = min(best, min(w[0], w[1], w[2], w[3]), min(w[4], w[5], w[6], w[7]))
	}
	for _, w := range l {
		best = min(best, w)
	}
	return int32(best & math.MaxUint32)
}
