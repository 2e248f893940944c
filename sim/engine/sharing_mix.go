package engine

import "math"

// mix counts jobs by kind. It keeps the counts packed into one word, too, by which what a law gave for
// them is remembered.
type mix struct {
	kinds []count
	all   int
	key   uint64 // the counts side by side, kind 0 in front; right while none is over
	most  int32  // a count from here on does not fit
	over  int    // kinds whose count does not fit
}

// count is the number of jobs of one kind.
type count struct {
	n   int32
	one uint64 // what one of them is in the key
}

func newMix(kinds int) mix {
	bits := min(64/kinds, 32)
	m := mix{kinds: spaced[count](kinds), most: int32(min(1<<bits, math.MaxInt32))}
	for k := range kinds {
		m.kinds[k].one = 1 << ((kinds - 1 - k) * bits % 64)
	}
	return m
}

// join and leave count a job in and out.
func (m *mix) join(kind int) {
	c := &m.kinds[kind]
	m.all++
	m.key += c.one
	if c.n++; c.n == m.most {
		m.over++
	}
}

func (m *mix) leave(kind int) {
	c := &m.kinds[kind]
	m.all--
	m.key -= c.one
	if c.n--; c.n == m.most-1 {
		m.over--
	}
}
