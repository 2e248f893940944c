package plan

import (
	"context"

	"vsim/sim/scenario"
)

// MaxLoad finds the largest load that the file's scenario holds as it is, with its machine, its size and its settings.
// Errors are *scenario.InputError where the question is wrong, and the context's.
func MaxLoad(ctx context.Context, q *Question) (*Answer, error) {
	own := *q
	q = &own
	s, err := begin(q)
	if err != nil {
		return nil, err
	}
	sc, err := q.Source.Scenario(q.asGiven()...)
	if err != nil {
		return nil, err
	}
	s.base, s.example = sc, sc
	v, z, err := s.asIs(sc)
	if err != nil {
		return nil, err
	}
	s.machines = []*offer{v.offer}
	if s.q.Load == (Load{}) && sc.Workload.Arrivals == "closed" {
		s.q.Load.RPS = 1 // any, to be scaled
	}
	if err := s.atLoad(); err != nil {
		return nil, err
	}
	most := s.capacity(v, z)
	if s.faults != nil {
		return nil, s.faults
	}
	from := s.rps
	if !s.traffic.ends && most < 1e8 {
		from = s.traffic.nearest(0.8 * most)
	}
	a := s.answer()
	a.LoadRPS, a.Cameras = 0, 0
	if a.Boundary, err = s.boundary(ctx, v, z, from); err != nil {
		return nil, err
	}
	if s.rps = a.Boundary.HoldsRPS; s.rps > 0 {
		p, err := s.simulate(ctx, v, z, s.rps, full)
		if err != nil {
			return nil, err
		}
		a.Plan = s.plan(&candidate{v: v, size: z, p: p})
	}
	a.finish(s)
	return a, nil
}

// asIs is a scenario's machine, size and settings as they are.
func (s *search) asIs(sc *scenario.Scenario) (*variant, size, error) {
	o := &offer{name: sc.HardwareName(), machine: s.q.asGiven()}
	if sc.Price != nil {
		o.price, o.currency = sc.Price.PerHour, sc.Price.Currency
		s.priced, s.currency = true, o.currency
	}
	if p, ok := s.q.Prices[o.name]; ok {
		o.price, s.priced = p, true
	}
	z := size{sc.Servers.Count, max(sc.GPU.Count, sc.Servers.GPUs)}
	v, err := newVariant(o, nil)
	if err != nil {
		return nil, z, err
	}
	v.known = map[size]*bounds{}
	return v, z, nil
}
