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
	a, _ := afterIdle(p, profile.Key{Stage: "decode"}, 0, visits)
	if math.Abs(a.ExtraNs-15) > 1e-9 || a.BaseNs != 150 || a.IdleNs != 2000 || a.N != 40 {
		t.Errorf("%+v", a)
	}
	if a.ExtraCI95Ns[0] > 15 || a.ExtraCI95Ns[1] < 15 || a.ExtraCI95Ns[1]-a.ExtraCI95Ns[0] > 6 {
		t.Errorf("interval %v", a.ExtraCI95Ns)
	}
}

// Jobs after a pause vary more than those without: what is more is the pause's. A visit in which none was kept counts for nothing.
func TestExtraVaries(t *testing.T) {
	p := &Point{Chain: constant(), Rested: &Rested{Idle: []int{1}, BesideStage: []string{"infer"}}}
	none := visit{alone: Burst{{100, 100}}, beside: Burst{nil, nil}, quiet: true}
	if a, ok := afterIdle(p, profile.Key{Stage: "decode"}, 0, []visit{none, none}); ok {
		t.Errorf("of nothing: %+v", a)
	}
	p.visits = []visit{none, none}
	if p.assess(0.01); !math.IsInf(p.worst, 1) {
		t.Errorf("of nothing the interval is %v wide", p.worst)
	}
	visits := []visit{none}
	for _, at := range []float64{100, 200} {
		visits = append(visits, visit{alone: Burst{{at - 10, at, at, at + 10}}, beside: Burst{{at, at, at, at + 40}, {5, 5, 5, 5}}, quiet: true})
	}
	a, ok := afterIdle(p, profile.Key{Stage: "decode"}, 0, visits)
	if want := math.Sqrt(400 - 200./3); !ok || a.ExtraNs != 10 || math.Abs(a.ExtraSDNs-want) > 0.1 || a.N != 8 || a.BesideStage != "infer" {
		t.Errorf("%+v, want 10 ns with a deviation of %.1f", a, want)
	}
}
