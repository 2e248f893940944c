package engine

// slab holds items that are named by index; released places are used again, the last one first, so
// that memory grows with the items in use and never with the items ever made.
type slab[T any] struct {
	items []T
	free  []int32
}

// newSlab returns a slab with room for some, which also keeps those of different runs on different cache lines.
func newSlab[T any]() slab[T] { return slab[T]{items: make([]T, 0, 32), free: make([]int32, 0, 32)} }

func (s *slab[T]) take() int32 {
	if n := len(s.free); n > 0 {
		id := s.free[n-1]
		s.free = s.free[:n-1]
		return id
	}
	var zero T
	s.items = append(s.items, zero)
	return int32(len(s.items) - 1)
}

func (s *slab[T]) release(id int32) { s.free = append(s.free, id) }

// used is the number of items in use.
func (s *slab[T]) used() int { return len(s.items) - len(s.free) }
