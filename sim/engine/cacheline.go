package engine

import "unsafe"

// cacheLine is its size in bytes on the machines of our time.
const cacheLine = 64

// spaced makes a slice with a cache line of nothing behind it. Replications run side by side on several
// cores, and what one of them writes at every event must not lie on a line with what another does.
func spaced[T any](n int) []T {
	var item T
	size := int(unsafe.Sizeof(item))
	return make([]T, n, n+(cacheLine+size-1)/size)
}
