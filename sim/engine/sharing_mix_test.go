package engine

import (
	"math/rand/v2"
	"testing"
)

// TestMix: for any number of kinds, and through counts that do not fit, the key is what one gets by packing
// the counts anew.
func TestMix(t *testing.T) {
	for _, kinds := range []int{1, 2, 3, 5, 16, 64, 100} {
		rng := rand.New(rand.NewPCG(uint64(kinds), 1))
		m := newMix(kinds)
		var jobs []int
		over := 0
		for range 5000 {
			if len(jobs) > 0 && rng.IntN(5) < 2 {
				i := rng.IntN(len(jobs))
				m.leave(jobs[i])
				jobs[i] = jobs[len(jobs)-1]
				jobs = jobs[:len(jobs)-1]
			} else {
				kind := rng.IntN(rng.IntN(kinds) + 1) // the first ones more often
				m.join(kind)
				jobs = append(jobs, kind)
			}
			if m.over > 0 {
				over++
			}
			m.compare(t, jobs)
		}
		if full := kinds >= 16; full != (over > 0) {
			t.Errorf("%d kinds: over %d times of 5000", kinds, over)
		}
	}
}

// compare counts anew.
func (m *mix) compare(t *testing.T, jobs []int) {
	t.Helper()
	n := make([]int, len(m.kinds))
	for _, kind := range jobs {
		n[kind]++
	}
	key, over, bits := uint64(0), 0, min(64/len(n), 32)
	for k, count := range n {
		if int(m.kinds[k].n) != count {
			t.Fatalf("kind %d: %d, counted %d", k, m.kinds[k].n, count)
		}
		if count >= 1<<bits {
			over++
		}
		key = key<<bits | uint64(count)
	}
	if m.all != len(jobs) || m.over != over {
		t.Fatalf("%d in all, %d kinds over; counted %d, %d", m.all, m.over, len(jobs), over)
	}
	if len(n) <= maxKinds && over == 0 && m.key != key {
		t.Fatalf("%d kinds, counts %v: key %x, packed %x", len(n), n, m.key, key)
	}
}
