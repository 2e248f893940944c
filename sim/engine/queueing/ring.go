package queueing

// ring is a queue that grows to the most that has ever waited.
type ring[T any] struct {
	slots []T // their number is 0 or a power of two
	head  int
	n     int
}

// at returns the i-th, counted from the oldest.
func (r *ring[T]) at(i int) *T { return &r.slots[(r.head+i)&(len(r.slots)-1)] }

func (r *ring[T]) push(x T) {
	if r.n == len(r.slots) {
		r.grow()
	}
	*r.at(r.n) = x
	r.n++
}

// drop takes the n oldest out.
func (r *ring[T]) drop(n int) {
	r.head += n
	r.n -= n
}

// remove takes the i-th out; those behind it move up.
func (r *ring[T]) remove(i int) {
	for ; i < r.n-1; i++ {
		*r.at(i) = *r.at(i + 1)
	}
	r.n--
}

func (r *ring[T]) grow() {
	slots := make([]T, max(8, 2*len(r.slots)))
	for i := range r.n {
		slots[i] = *r.at(i)
	}
	r.slots, r.head = slots, 0
}
