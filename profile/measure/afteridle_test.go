package measure

import (
	"math"
	"testing"

	"vsim/profile"
)

// The machine is twice as slow in some visits: the extra time of 10 on 100 is found from each visit's difference.
func TestExtraIsOfTheSameVisit(t *testing.T) {
	var visits []visit
	for i := range 20 {
		slow := 1 + float64(i%2)
		visits = append(visits, visit{alone: Burst{{99 * slow, 101 * slow}}, beside: Burst{{110 * slow, 110 * slow}, {1000, 3000}}, quiet: true})
	}
	p := &Point{Rested: &Rested{Idle: []int{1}}}
	a := afterIdle(p, profile.Key{Stage: "decode"}, 0, visits)
	if math.Abs(a.ExtraNs-15) > 1e-9 || a.BaseNs != 150 || a.IdleNs != 2000 || a.N != 40 {
		t.Errorf("%+v", a)
	}
	if a.ExtraCI95Ns[0] > 15 || a.ExtraCI95Ns[1] < 15 || a.ExtraCI95Ns[1]-a.ExtraCI95Ns[0] > 6 {
		t.Errorf("interval %v", a.ExtraCI95Ns)
	}
}
