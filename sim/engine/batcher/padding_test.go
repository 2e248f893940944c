package batcher

import "testing"

// The next allowed size is found by trying: n, n+1, ... until one is allowed.
func TestPadded(t *testing.T) {
	for _, allowed := range [][]int{nil, {1}, {4}, {1, 2, 4, 8}, {3, 5, 24}} {
		is := map[int]bool{}
		for _, size := range allowed {
			is[size] = true
		}
		for n := 1; n <= 30; n++ {
			want := n
			for size := n; size <= 30; size++ {
				if is[size] {
					want = size
					break
				}
			}
			if got := Padded(allowed, n); got != want {
				t.Errorf("a batch of %d, allowed %v: run at %d, want %d", n, allowed, got, want)
			}
		}
	}
}
