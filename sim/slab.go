package sim

// slab holds items that are named by index; released places are used again, the last one first, so
// that memory grows with the items in use and never with the items ever made.
type slab[T any] struct {
	items []T
	free  []int32
	used  int
}

func (s *slab[T]) take() int32 {
	s.used++
	if n := len(s.free); n > 0 {
		id := s.free[n-1]
		s.free = s.free[:n-1]
		return id
	}
	var zero T
	s.items = append(s.items, zero)
	return int32(len(s.items) - 1)
}

func (s *slab[T]) release(id int32) {
	s.used--
	s.free = append(s.free, id)
}
