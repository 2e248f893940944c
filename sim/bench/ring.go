package bench

// ring is a first-in first-out queue of numbers in memory that grows with the
// most it ever held. The zero value is empty.
type ring struct {
	items      []int // the length is a power of two
	head, tail uint  // counts of pops and pushes
}

func (r *ring) len() int { return int(r.tail - r.head) }

func (r *ring) push(v int) {
	if r.len() == len(r.items) {
		r.grow()
	}
	r.items[r.tail&uint(len(r.items)-1)] = v
	r.tail++
}

func (r *ring) pop() int {
	v := r.items[r.head&uint(len(r.items)-1)]
	r.head++
	return v
}

// first returns what pop would.
func (r *ring) first() int { return r.items[r.head&uint(len(r.items)-1)] }

func (r *ring) grow() {
	items := make([]int, max(2*len(r.items), 16))
	n := 0
	for r.len() > 0 {
		items[n] = r.pop()
		n++
	}
	r.items, r.head, r.tail = items, 0, uint(n)
}
