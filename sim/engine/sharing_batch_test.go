package engine

import (
	"math"
	"testing"
)

// TestCrowdOfOneGroup: small and large batches of a stage are neighbours together. Beside one small and one large a
// job takes the mean of what two small and two large would cost it, not what one of each costs added up; where both
// cost the same it makes no difference which they are.
func TestCrowdOfOneGroup(t *testing.T) {
	small, large := Curve{{1, 0.2}, {2, 0.3}}, Curve{{1, 0.8}, {2, 1.7}}
	res := Resource{Kinds: []Kind{{Name: "job"}, {Name: "small", Group: 1}, {Name: "large", Group: 1}}}
	for range res.Kinds {
		res.Excess = append(res.Excess, []Curve{nil, small, large})
	}
	for _, c := range []struct {
		jobs    []int32
		stretch float64
	}{
		{[]int32{1, 1, 0}, 1.2}, {[]int32{1, 0, 1}, 1.8}, {[]int32{1, 2, 0}, 1.3}, {[]int32{1, 0, 2}, 2.7},
		{[]int32{1, 1, 1}, 2},
	} {
		l := newLaw(&res)
		if got := l.paces(mixOf(c.jobs...)).pace[0].stretch; math.Abs(got-c.stretch) > 1e-12 {
			t.Errorf("beside %v a job takes %v times as long, want %v", c.jobs[1:], got, c.stretch)
		}
	}
}
