package sim

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
			used.fill(&want, n)
			got := used.paces(n)
			if again, known := used.memo.find(n); known {
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
