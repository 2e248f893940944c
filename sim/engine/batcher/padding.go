package batcher

import (
	"fmt"
	"sort"
)

// Padded is the size at which a batch of n requests is run by a server that pads its batches: the smallest of the
// allowed sizes, which ascend, that is not below n. Where none is, it is n: every size is allowed, or n is beyond
// them.
func Padded(allowed []int, n int) int {
	if i := sort.SearchInts(allowed, n); i < len(allowed) {
		return allowed[i]
	}
	return n
}

// CheckSizes errs on allowed sizes that do not rise from 1 at least to the largest batch. Without any there is
// nothing to err on.
func CheckSizes(allowed []int, largest int) error {
	last := 0
	for _, size := range allowed {
		if size <= last {
			return fmt.Errorf("batcher: batches are run at sizes %v; they must rise, from 1 at least", allowed)
		}
		last = size
	}
	if last != largest && len(allowed) > 0 {
		return fmt.Errorf("batcher: batches are run at sizes %v; the last must be the largest batch, %d", allowed, largest)
	}
	return nil
}
