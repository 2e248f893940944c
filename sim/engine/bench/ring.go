package bench

import "math/bits"

// ring is a first-in first-out queue of numbers. The zero value is empty and
// without room: see reserve.
type ring struct {
	items      []int // the length is a power of two
	head, tail uint  // counts of pops and pushes
}

func (r *ring) len() int { return int(r.tail - r.head) }

// push adds a number; there must be room for it.
func (r *ring) push(v int) {
	r.items[r.tail&uint(len(r.items)-1)] = v
	r.tail++
}

// pop removes the oldest number and returns it.
func (r *ring) pop() int {
	v := r.first()
	r.head++
	return v
}

// first returns the oldest number.
func (r *ring) first() int { return r.items[r.head&uint(len(r.items)-1)] }

// reserve makes room for n numbers in all.
func (r *ring) reserve(n int) {
	if n <= len(r.items) {
		return
	}
	larger := ring{items: make([]int, 1<<bits.Len(uint(n-1)))}
	for r.len() > 0 {
		larger.push(r.pop())
	}
	*r = larger
}
