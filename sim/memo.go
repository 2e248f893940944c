package sim

// memo remembers what a law gave for numbers of jobs by kind. A server at work comes back to the same
// few hundred combinations all the time, and looking them up costs the same however many kinds and
// curves there are. It is a table of fixed size in which a newcomer takes the place of whom it meets.
// Systems of more kinds, or of more jobs than a key can hold, go without.
type memo struct {
	bits uint // of a key for each kind
	rows []row
	last row // where nothing can be remembered
}

// row is what a law gives. The zero row is right for key 0, nobody there.
type row struct {
	key   uint64
	busy  float64 // part of the capacity
	watts float64 // above idle
	pace  [maxKinds]pace
}

// pace is the speed of a kind of job and its inverse, the time that a job takes by its work.
type pace struct{ speed, stretch float64 }

const (
	maxKinds = 16 // of a resource that makes a difference between them
	memoBits = 11
)

func newMemo(kinds int) memo {
	return memo{bits: uint(64 / kinds), rows: make([]row, 1<<memoBits)}
}

// find returns the row of n. Unless it is known, the caller has to fill it.
func (m *memo) find(n []int32) (r *row, known bool) {
	key, all := uint64(0), uint64(0)
	for _, count := range n {
		key = key<<m.bits | uint64(count)
		all |= uint64(count)
	}
	if all>>m.bits != 0 {
		return &m.last, false
	}
	r = &m.rows[key*0x9e3779b97f4a7c15>>(64-memoBits)] // Fibonacci hashing: 2^64 over the golden ratio
	if r.key == key {
		return r, true
	}
	*r = row{key: key}
	return r, false
}
