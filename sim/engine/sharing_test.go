package engine

import (
	"fmt"
	"math"
	"testing"
)

// bridge is a link that so many devices share, each behind a link of its own of the given limits.
func bridge(capacity float64, limits ...float64) Resource {
	r := Resource{Name: "bridge", Capacity: capacity}
	for i, limit := range limits {
		r.Kinds = append(r.Kinds, Kind{Name: fmt.Sprint("gpu", i), Limit: limit})
	}
	return r
}

// TestWaterFillingByWidth: a job counts as many times as it is wide.
func TestWaterFillingByWidth(t *testing.T) {
	shared := bridge(4, 1, 0)
	shared.Kinds[1].Width = 3
	for what, c := range map[string]struct {
		spec  Resource
		n     []int32
		share []float64
	}{
		"4 for 2 + 3, less the 1 that the first kind may have, is 3": {shared, []int32{2, 1}, []float64{0.5, 1}},
		"even between jobs of width 1 and 3":                         {shared, []int32{1, 2}, []float64{4. / 7, 4. / 7}},
		"a limit can be less than a job is wide":                     {bridge(0, 0.5), []int32{1}, []float64{0.5}},
	} {
		l := newLaw(&c.spec)
		got := l.paces(mixOf(c.n...))
		for k, want := range c.share {
			if speed := got.pace[k].speed; math.Abs(speed-want) > 1e-15 {
				t.Errorf("%s: kind %d runs at %v, not %v", what, k, speed, want)
			}
		}
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
		row := l.paces(mixOf(c.n...))
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
