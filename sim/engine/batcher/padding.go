package batcher

import "sort"

// Padded is the size at which a batch of n requests is run by a server that pads its batches: the smallest of the
// allowed sizes, which ascend, that is not below n. Where none is, it is n: every size is allowed, or n is beyond
// them.
func Padded(allowed []int, n int) int {
	if i := sort.SearchInts(allowed, n); i < len(allowed) {
		return allowed[i]
	}
	return n
}
