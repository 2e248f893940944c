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

func TestCheckSizes(t *testing.T) {
	for _, good := range [][]int{nil, {}, {8}, {1, 8}, {1, 2, 3, 8}} {
		if err := CheckSizes(good, 8); err != nil {
			t.Errorf("%v: %v", good, err)
		}
	}
	for _, bad := range [][]int{{0, 8}, {-1, 8}, {2, 2, 8}, {4, 2, 8}, {4}, {4, 16}, {1, 8, 4}} {
		if CheckSizes(bad, 8) == nil {
			t.Errorf("%v passes", bad)
		}
	}
}
