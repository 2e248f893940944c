package sim

import "math"

// loads is how many requests are inside each of some pools or servers, one word for each: the number
// above the index. The least word is then the one with the fewest inside, ties going to the lowest
// index, and a minimum needs no branch.
type loads []uint64

func newLoads(n int) loads {
	l := make(loads, n)
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
	first, n := int(choices[0]), len(choices)
	if int(choices[n-1]) == first+n-1 { // as pools mostly are: numbered one after the other
		some := l[first : first+n]
		for ; len(some) >= 4; some = some[4:] {
			best = min(best, some[0], some[1], some[2], some[3])
		}
		for _, key := range some {
			best = min(best, key)
		}
		return int32(best & math.MaxUint32)
	}
	for _, i := range choices {
		best = min(best, l[i])
	}
	return int32(best & math.MaxUint32)
}
