package plan

import (
	"context"
	"math"

	"vsim/sim"
)

// Boundary is where a plan ends to hold as its load grows, by the predicted values themselves, without their intervals.
type Boundary struct {
	HoldsRPS     float64  `json:"holds_rps"`  // the largest load that holds
	BreaksRPS    float64  `json:"breaks_rps"` // the next one that does not, at most 2 % above or one camera
	HoldsCameras int      `json:"holds_cameras,omitempty"`
	BreaksCams   int      `json:"breaks_cameras,omitempty"`
	FirstBreach  string   `json:"first_breach"` // the objective that breaks there
	Bottleneck   string   `json:"bottleneck"`   // what is busiest there
	Overloaded   bool     `json:"overloaded"`   // at BreaksRPS more arrives than can be served
	Kind         Kind     `json:"kind"`
	Growth       *float64 `json:"growth"` // of p99 from 90 % of HoldsRPS to all of it: 2 is twice; nil where there is none
	Curve        []AtLoad `json:"curve"`  // what was simulated, by load
	Found        bool     `json:"found"`  // false: no load held, or none that was tried broke
}

// Kind says how a plan ends to hold.
type Kind string

// Kinds: p99 more than doubles in the last tenth of the load, or what breaks is that more arrives than can be served; or it
// does not, and one sees it come.
const (
	Cliff  Kind = "cliff"
	Smooth Kind = "smooth"
)

// AtLoad is what a load shows.
type AtLoad struct {
	RPS   float64  `json:"rps"`
	P99S  *float64 `json:"p99_s"`
	Holds bool     `json:"holds"`
}

const (
	apart     = 1.02     // between the largest load that holds and the next
	almost    = 1 - 1e-6 // of what can be served: at all of it queues have no end
	steep     = 2        // growth of p99 that makes a cliff
	mostLoads = 16       // that are tried before some hold and some do not
)

// probe is a load that was tried.
type probe struct {
	rps  float64
	p    *sim.Prediction
	v    verdict
	over bool // more than is served: the simulation or the bounds say so
}

func (b *probe) holds() bool { return !b.over && b.v.point <= 1 }

// boundary looks for the largest load that a candidate holds, with the same random numbers at all loads. from is where it
// begins.
func (s *search) boundary(ctx context.Context, v *variant, z size, from float64) (*Boundary, error) {
	b := &Boundary{Kind: Smooth}
	most := s.capacity(v, z)
	if s.traffic.ends {
		most = math.Inf(1)
	}
	var all []probe
	try := func(rps float64) (*probe, error) {
		rps = s.traffic.nearest(rps)
		for i := range all {
			if all[i].rps == rps {
				return &all[i], nil
			}
		}
		p, err := s.simulate(ctx, v, z, rps, fine)
		if err != nil {
			return nil, err
		}
		next := probe{rps: rps, p: p, v: judge(p, s.slos), over: rps >= most*almost || overloaded(p)}
		all = append(all, next)
		return &all[len(all)-1], nil
	}
	good, bad, err := s.bracket(from, most, try)
	for err == nil && good.rps > 0 && bad.rps > 0 && s.wide(good.rps, bad.rps) {
		var next *probe
		if next, err = try(math.Sqrt(good.rps * bad.rps)); err == nil {
			if next.holds() {
				good = *next
			} else {
				bad = *next
			}
		}
	}
	if err != nil {
		return nil, err
	}
	b.Found = good.rps > 0 && bad.rps > 0
	b.HoldsRPS, b.BreaksRPS = good.rps, bad.rps
	b.HoldsCameras, b.BreaksCams = s.cameras(good.rps), s.cameras(bad.rps)
	if bad.rps > 0 {
		b.Overloaded, b.Bottleneck = bad.over, bad.p.Bottleneck
		b.FirstBreach = s.breach(&good, &bad)
	}
	if good.rps > 0 {
		if err := b.shape(&good, try); err != nil {
			return nil, err
		}
	}
	b.curve(all)
	return b, nil
}

// wide says that two loads are further apart than need be.
func (s *search) wide(low, high float64) bool {
	if n := s.cameras(low); n > 0 {
		return s.cameras(high) > n+1
	}
	return high > apart*low
}

// cameras of a load, 0 for none.
func (s *search) cameras(rps float64) int {
	if rps == 0 {
		return 0
	}
	return s.traffic.cameras(rps)
}

// bracket finds a load that holds and one that does not, the latter no more than what can be served by the bounds. One of
// them has no rate where there is none.
func (s *search) bracket(from, most float64, try func(float64) (*probe, error)) (good, bad probe, err error) {
	if math.IsInf(most, 1) {
		most = 1e3 * from
	}
	at := min(from, most)
	for range mostLoads {
		next, err := try(at)
		if err != nil {
			return good, bad, err
		}
		if next.holds() {
			good = *next
		} else {
			bad = *next
		}
		switch {
		case good.rps > 0 && bad.rps > 0:
			return good, bad, nil
		case bad.rps == 0 && at >= 1.05*most:
			return good, bad, nil // the bounds say that nothing more is served, but it holds: traffic that ends
		case bad.rps == 0:
			at = min(1.25*at, max(1.05*most, 1.001*at))
		case s.traffic.nearest(at/2) == next.rps:
			return good, bad, nil // not even one camera
		default:
			at /= 2
		}
	}
	return good, bad, nil
}

// breach is the objective that breaks first: the one furthest beyond its limit; where more arrives than can be served, the
// one that was nearest to it before.
func (s *search) breach(good, bad *probe) string {
	if bad.over && good.rps > 0 {
		return s.slos[good.v.worst].Text
	}
	return s.slos[bad.v.worst].Text
}

// shape tells a cliff from a slope.
func (b *Boundary) shape(good *probe, try func(float64) (*probe, error)) error {
	before, err := try(0.9 * good.rps)
	if err != nil {
		return err
	}
	if before.rps < good.rps {
		b.Growth = number(good.p.LatencyS.P99.Value / before.p.LatencyS.P99.Value)
	}
	if b.Overloaded || b.Growth != nil && *b.Growth > steep {
		b.Kind = Cliff
	}
	return nil
}

// curve lists what was tried.
func (b *Boundary) curve(all []probe) {
	for i := range all {
		b.Curve = append(b.Curve, AtLoad{all[i].rps, number(all[i].p.LatencyS.P99.Value), all[i].holds()})
	}
	sortBy(b.Curve, func(l AtLoad) float64 { return l.RPS })
}
