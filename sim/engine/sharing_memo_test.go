package engine

import (
	"math/rand/v2"
	"testing"
)

// TestMemo: what is looked up is what would be worked out, for few kinds and many, for numbers of jobs
// that fit a key and that do not, and after places have changed hands.
func TestMemo(t *testing.T) {
	remembered := 0
	rng := rand.New(rand.NewPCG(1, 1))
	for kinds := 1; kinds <= maxKinds; kinds++ {
		s := swarm{Rand: rng}
		spec := Resource{Capacity: 4}
		for range kinds {
			spec.Kinds = append(spec.Kinds, Kind{Width: float64(1 + s.IntN(3)), Limit: float64(s.IntN(3)), Watts: s.Float64()})
			row := make([]Curve, kinds)
			for j := range row {
				row[j] = s.curve()
			}
			spec.Excess = append(spec.Excess, row)
		}
		used := newLaw(&spec)
		for range 3000 {
			n := make([]int32, kinds)
			for k := range n {
				n[k] = int32(s.IntN(4))
			}
			if s.chance(0.1) {
				n[s.IntN(kinds)] = 1 << s.IntN(20)
			}
			want := row{}
			used.fill(&want, mixOf(n...))
			got := used.paces(mixOf(n...))
			if again, known := used.memo.find(mixOf(n...)); known {
				got = again
				remembered++
			}
			if got.busy != want.busy || got.watts != want.watts || got.pace != want.pace {
				t.Fatalf("%d kinds, jobs %v: remembered %v, worked out %v", kinds, n, got, want)
			}
		}
	}
	if remembered < 10_000 {
		t.Errorf("only %d of %d were remembered", remembered, 3000*maxKinds)
	}
}

// mixOf counts n[k] jobs of each kind k in.
func mixOf(n ...int32) *mix {
	m := newMix(len(n))
	for k, count := range n {
		for range count {
			m.join(k)
		}
	}
	return &m
}

// TestMemoGrows: a table has room for what comes again and again, and stays small for few.
func TestMemoGrows(t *testing.T) {
	// Up to so many jobs of each of two kinds: 16 combinations, 2601, and more than there is room for.
	for _, c := range []struct{ most, atLeast, atMost, known int }{
		{3, 1 << memoBits, 512, 30_000}, {50, 2601, 1 << memoBitsMax, 25_000}, {400, 1 << memoBitsMax, 1 << memoBitsMax, 500},
	} {
		l := newLaw(&Resource{Capacity: 4, Kinds: []Kind{{Limit: 1}, {}}})
		rng := rand.New(rand.NewPCG(1, 1))
		known := 0
		for i := range 60_000 {
			_, found := l.memo.find(mixOf(int32(rng.IntN(c.most+1)), int32(rng.IntN(c.most+1))))
			if found && i >= 30_000 {
				known++
			}
		}
		if n := len(l.memo.rows); n < c.atLeast || n > c.atMost || known < c.known {
			t.Errorf("up to %d jobs: %d rows, not %d to %d; %d of 30000 known", c.most, n, c.atLeast, c.atMost, known)
		}
	}
}
