package engine

import "math"

// loads is how many requests are inside each of some pools or servers, one word for each: the number
// above the index. The least word is then the one with the fewest inside, ties going to the lowest
// index, and a minimum needs no branch. Where there are many to choose from, the least word of every bunch
// of them is known, too, and to find the least of all takes a look at those.
type loads struct {
	words   []uint64
	bunches []uint64 // nil where nobody chooses from so many
}

const (
	bunch = 32          // words of which the least is known
	many  = 2*bunch + 1 // words from which on that pays
)

// newLoads makes n empty ones, of which a balancer may look for the least of so many at once.
func newLoads(n, choices int) loads {
	l := loads{words: spaced[uint64](n)}
	for i := range l.words {
		l.words[i] = uint64(i)
	}
	if choices >= many {
		l.bunches = spaced[uint64]((n + bunch - 1) / bunch)
		for i := range l.bunches {
			l.bunches[i] = uint64(i * bunch)
		}
	}
	return l
}

// add changes the number inside i.
func (l *loads) add(i, n int32) {
	l.words[i] += uint64(int64(n)) << 32
	if l.bunches != nil {
		l.follow(int(i))
	}
}

// follow has the bunch of a changed word know its least.
func (l *loads) follow(i int) {
	at, word := &l.bunches[i/bunch], l.words[i]
	switch {
	case word < *at:
		*at = word
	case uint32(*at) == uint32(i) && word != *at: // it was the least and is more now
		from := i / bunch * bunch
		*at = least(l.words[from:min(from+bunch, len(l.words))])
	}
}

// of returns the number inside i.
func (l *loads) of(i int32) int32 { return int32(l.words[i] >> 32) }

// least returns the one of the choices with the fewest inside.
func (l *loads) least(choices []int32) int32 {
	best := uint64(math.MaxUint64)
	for _, i := range choices {
		best = min(best, l.words[i])
	}
	return int32(best & math.MaxUint32)
}

// span is a part of some loads: words, or those at the ends of it that are no whole bunch, and the bunches in between.
type span struct{ head, bunches, tail []uint64 }

// span returns the part of the loads that the choices are, which is what they mostly are: numbered one
// after the other. Else it returns an empty one.
func (l *loads) span(choices []int32) span {
	if len(choices) == 0 {
		return span{}
	}
	first, n := int(choices[0]), len(choices)
	for k, i := range choices {
		if int(i) != first+k {
			return span{}
		}
	}
	return l.part(first, first+n)
}

// part returns the words from one on to another, which is left out.
func (l *loads) part(from, to int) span {
	first, last := (from+bunch-1)/bunch, to/bunch // whole bunches
	if l.bunches == nil || last-first < 1 {
		return span{head: l.words[from:to:to]}
	}
	return span{head: l.words[from : first*bunch], bunches: l.bunches[first:last], tail: l.words[last*bunch : to]}
}

// known says that the span is not an empty one.
func (s *span) known() bool { return s.head != nil }

// first returns the one with the fewest inside.
func (s *span) first() int32 {
	best := least(s.head)
	if s.bunches != nil {
		best = min(best, least(s.bunches), least(s.tail))
	}
	return int32(best & math.MaxUint32)
}

// least goes by eights, since balancers do it for every request.
func least(words []uint64) uint64 {
	best := uint64(math.MaxUint64)
	for ; len(words) >= 8; words = words[8:] {
		w := (*[8]uint64)(words)
		best = min(best, min(w[0], w[1], w[2], w[3]), min(w[4], w[5], w[6], w[7]))
	}
	for _, w := range words {
		best = min(best, w)
	}
	return best
}
