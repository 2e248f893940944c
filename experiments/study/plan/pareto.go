package plan

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
)

// Point is a candidate of the Pareto front of cost against p99: nothing that was simulated costs less and is quicker.
type Point struct {
	Machine  string    `json:"machine"`
	Servers  int       `json:"servers"`
	GPUs     int       `json:"gpus"`
	Workers  *Setting  `json:"workers,omitempty"` // of a stage, where a plan says how many
	Cost     float64   `json:"cost"`              // an hour, or devices where no price is known
	P99S     float64   `json:"p99_s"`
	Holds    bool      `json:"holds"`
	Settings []Setting `json:"settings"`
}

func sortBy[T any](list []T, of func(T) float64) {
	slices.SortStableFunc(list, func(a, b T) int { return cmp.Compare(of(a), of(b)) })
}

// dearer are the parts of the plan's cost at which the front is continued beyond it.
var dearer = []float64{1.25, 1.5, 2, 3}

// pareto is the front of all that was simulated, with the plan's variant, and the likely ones of the same machine, in
// larger sizes besides.
func (s *search) pareto(ctx context.Context, best *candidate) ([]Point, error) {
	cost := func(z size) float64 { return best.v.cost(z, s.priced) }
	for _, more := range dearer {
		for _, z := range best.v.offer.sizes {
			if cost(z) < more*cost(best.size) {
				continue
			}
			if _, err := s.simulate(ctx, best.v, z, s.rps, quick); err != nil {
				return nil, err
			}
			break
		}
	}
	var all []Point
	for _, key := range s.order {
		t := s.trials[key]
		p99 := t.p.LatencyS.P99.Value
		if overloaded(t.p) || math.IsNaN(p99) {
			continue
		}
		point := Point{Machine: t.v.offer.name, Servers: t.size.servers, GPUs: gpus(t.v, t.size), Cost: t.v.cost(t.size, s.priced),
			P99S: p99, Holds: t.verdict.holds(), Settings: append([]Setting{}, t.v.settings...)}
		if t.v.offer.workers() {
			point.Workers = &Setting{t.v.offer.unitsKey, fmt.Sprint(t.size.units)}
		}
		all = append(all, point)
	}
	return front(all), nil
}

// front leaves out what costs as much as something quicker.
func front(all []Point) []Point {
	slices.SortStableFunc(all, func(a, b Point) int { return cmp.Or(cmp.Compare(a.Cost, b.Cost), cmp.Compare(a.P99S, b.P99S)) })
	out := []Point{}
	least := math.Inf(1)
	for _, p := range all {
		if p.P99S < least {
			least = p.P99S
			out = append(out, p)
		}
	}
	return out
}
