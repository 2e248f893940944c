package sim

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// bridge is a link that so many devices share, each behind a link of its own of the given limits.
func bridge(capacity float64, limits ...float64) Resource {
	r := Resource{Name: "bridge", Type: Link, Capacity: capacity}
	for i, limit := range limits {
		r.Kinds = append(r.Kinds, Kind{Name: fmt.Sprint("gpu", i), Limit: limit})
	}
	return r
}

// TestWaterFilling: cases worked out by hand.
func TestWaterFilling(t *testing.T) {
	wide := bridge(4, 1, 0)
	wide.Kinds[1].Width = 3
	for _, c := range []struct {
		what  string
		spec  Resource
		n     []int32
		share []float64
	}{
		{"alone, a link is as fast as itself", bridge(2, 1, 1), []int32{1, 0}, []float64{1, 0}},
		{"the bridge has room for two", bridge(2, 1, 1, 1), []int32{1, 1, 0}, []float64{1, 1, 0}},
		{"three share it evenly", bridge(2, 1, 1, 1), []int32{1, 1, 1}, []float64{2. / 3, 2. / 3, 2. / 3}},
		{"two on one link halve it, and leave the rest of the bridge to the other link", bridge(2, 1, 1), []int32{2, 1}, []float64{0.5, 1}},
		{"links of 1/2 are full; of the 3/2 that they leave to 3 jobs each gets 1/2", bridge(2.5, 0.5, 0.5, 2), []int32{2, 1, 3}, []float64{0.25, 0.5, 0.5}},
		{"one after the other becomes content: 1/4 of an even 1/2, then 1/2 of an even 5/8, and 3/4 are left", bridge(1.5, 0.25, 0.5, 1), []int32{1, 1, 1}, []float64{0.25, 0.5, 0.75}},
		{"limits bind without any capacity", bridge(0, 1, 0), []int32{4, 5}, []float64{0.25, 1}},
		{"a job of width 3 counts as three: 4 for 2 + 3, less the 1 that the first kind may have, is 3", wide, []int32{2, 1}, []float64{0.5, 1}},
		{"a limit can be less than a job is wide", bridge(0, 0.5), []int32{1}, []float64{0.5}},
	} {
		l := newLaw(&c.spec)
		got := l.paces(c.n)
		for k := range c.n {
			if speed := got.pace[k].speed; math.Abs(speed-c.share[k]) > 1e-15 {
				t.Errorf("%s: kind %d runs at %v, not %v", c.what, k, speed, c.share[k])
			}
		}
	}
}

// TestLevels compares the law with a search for the level, on random resources: the shares, and that
// what is busy is min(Capacity, sum of demands).
func TestLevels(t *testing.T) {
	bound := 0
	for seed := range uint64(3000) {
		s := swarmOf(seed)
		spec := s.resource()
		for k := range spec.Kinds {
			if s.chance(0.7) {
				spec.Kinds[k].Limit = 3 * s.Float64()
			}
		}
		l := newLaw(&spec)
		if !l.limited {
			continue
		}
		n, count, demand := make([]int32, len(spec.Kinds)), make([]float64, len(spec.Kinds)), 0.0
		for k := range n {
			n[k] = int32(s.IntN(6))
			count[k] = float64(n[k])
			demand += min(count[k]*l.width[k], l.limit[k])
		}
		units := l.divide(n)
		share, want := dumbShares(&spec, count)
		if math.Abs(units-want) > 1e-12 || math.Abs(units-min(demand, l.capacity)) > 1e-12 {
			t.Errorf("seed %d: %v busy for %v, not %v (capacity %v, demand %v)", seed, units, n, want, spec.Capacity, demand)
		}
		for k := range n {
			if n[k] > 0 && math.Abs(l.share[k]-share[k]) > 1e-12 {
				t.Errorf("seed %d: shares %v for %v, not %v", seed, l.share, n, share)
				break
			}
		}
		if slices.Max(l.share) > slices.Min(l.share) {
			bound++
		}
	}
	if bound < 500 {
		t.Errorf("limits made a difference in %d cases only", bound)
	}
}

// TestNeighboursOfLimits: what others keep busy while a job runs adds up to all that is busy but the job,
// and is what the words at Resource say where no limit binds.
func TestNeighboursOfLimits(t *testing.T) {
	// A curve of slope 1 gives the neighbours themselves.
	count := Curve{{Neighbours: 1000, Excess: 1000}}
	spec := bridge(3, 1, 0)
	spec.Excess = [][]Curve{{count, count}, {count, count}}
	for _, c := range []struct {
		n      []int32
		beside float64
	}{
		{[]int32{1, 1}, 1}, // room for all
		{[]int32{0, 6}, 2}, // (3-1)/(6-1) of five others
		{[]int32{4, 1}, 1}, // 1 for four and 1 for one: 2 are busy
		{[]int32{4, 9}, 2},
	} {
		l := newLaw(&spec)
		row := l.paces(c.n)
		for k, n := range c.n {
			if n == 0 {
				continue
			}
			if beside := l.share[k]*row.pace[k].stretch - 1; math.Abs(beside-c.beside) > 1e-12 {
				t.Errorf("jobs %v: one of kind %d runs beside %v others, not %v", c.n, k, beside, c.beside)
			}
		}
	}
}
