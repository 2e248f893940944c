package sim

import (
	"errors"
	"fmt"
	"math"
)

// check finds contradictions in a system. Scenarios are checked where they are read, with the words of
// the file; this is the last line of defence against a program's mistakes.
func check(sys *System) error {
	var faults []error
	add := func(format string, args ...any) { faults = append(faults, fmt.Errorf("sim: "+format, args...)) }
	if len(sys.Route) == 0 || len(sys.Classes) == 0 {
		add("a system needs a route and at least one class")
	}
	total := 0.0
	for _, c := range sys.Classes {
		if !(c.Weight >= 0) {
			add("class %q: weight %v is negative", c.Name, c.Weight)
		}
		total += c.Weight
	}
	if !(total > 0) {
		add("the weights of the classes add up to %v", total)
	}
	if (sys.Source.Clients > 0) == (sys.Source.Gap != nil) {
		add("a source has either clients or gaps: %d clients, gap given: %v", sys.Source.Clients, sys.Source.Gap != nil)
	}
	if g := sys.Source.Gap; g != nil && !(g.Mean() > 0) {
		add("the mean gap between arrivals is %v ns", g.Mean())
	}
	for i, n := range sys.Route {
		if len(n.Pools) == 0 {
			add("node %d has no pool", i)
		}
		for _, p := range n.Pools {
			if p < 0 || p >= len(sys.Pools) {
				add("node %d: there is no pool %d", i, p)
			}
		}
	}
	for i := range sys.Pools {
		if err := checkPool(sys, &sys.Pools[i]); err != nil {
			add("pool %q: %w", sys.Pools[i].Name, err)
		}
	}
	for i := range sys.Resources {
		if err := checkResource(&sys.Resources[i]); err != nil {
			add("resource %q: %w", sys.Resources[i].Name, err)
		}
	}
	return errors.Join(faults...)
}

func checkResource(res *Resource) error {
	if len(res.Kinds) == 0 || !finite(res.Capacity) || !finite(res.Speed) || !finite(res.IdleWatts) || res.Slots < 0 {
		return fmt.Errorf("capacity %v, %d kinds, %d slots, speed %v, %v W idle", res.Capacity, len(res.Kinds), res.Slots, res.Speed, res.IdleWatts)
	}
	limits := 0
	for _, k := range res.Kinds {
		if !finite(k.Width) || !finite(k.Limit) || !finite(k.Watts) {
			return fmt.Errorf("kind %q: width %v, limit %v, %v W", k.Name, k.Width, k.Limit, k.Watts)
		}
		if k.Limit > 0 {
			limits++
		}
	}
	if n := len(res.Kinds); limits > 0 && n > maxKinds {
		return fmt.Errorf("limits for %d kinds of %d; at most %d may differ", limits, n, maxKinds)
	}
	return checkExcess(res)
}

func checkExcess(res *Resource) error {
	if n := len(res.Excess); n == 0 {
		return nil
	} else if n != len(res.Kinds) || n > maxKinds {
		return fmt.Errorf("excess for %d kinds of %d; at most %d may differ", n, len(res.Kinds), maxKinds)
	}
	for i, row := range res.Excess {
		if len(row) > len(res.Kinds) {
			return fmt.Errorf("excess of kind %d beside %d kinds of %d", i, len(row), len(res.Kinds))
		}
		for j, c := range row {
			at := 0.0
			for _, p := range c {
				if !(p.Neighbours > at) || math.IsNaN(p.Excess) || math.IsInf(p.Excess, 0) {
					return fmt.Errorf("excess of kind %d beside kind %d: point %v after %v neighbours", i, j, p, at)
				}
				at = p.Neighbours
			}
		}
	}
	return nil
}

// finite says that x is neither negative nor beyond all bounds.
func finite(x float64) bool { return x >= 0 && !math.IsInf(x, 1) }

func checkPool(sys *System, p *Pool) error {
	if p.Workers < 0 || p.Batch.Max < 0 || p.Batch.Delay < 0 || len(p.Steps) == 0 {
		return fmt.Errorf("%d workers, batches of %d, delay %v, %d steps", p.Workers, p.Batch.Max, p.Batch.Delay, len(p.Steps))
	}
	for _, s := range p.Steps {
		if len(s.Resource) != 1 && len(s.Resource) != p.Workers {
			return fmt.Errorf("step %q names %d resources for %d workers", s.Name, len(s.Resource), p.Workers)
		}
		for _, res := range s.Resource {
			if res < 0 || res >= len(sys.Resources) || s.Kind < 0 || s.Kind >= len(sys.Resources[res].Kinds) {
				return fmt.Errorf("step %q: there is no kind %d on resource %d", s.Name, s.Kind, res)
			}
		}
		sizes := 1
		if !s.Service.PerItem {
			sizes = max(p.Batch.Max, 1)
		}
		if n := len(s.Service.At); n != 1 && n != len(sys.Classes) {
			return fmt.Errorf("step %q has times for %d classes of %d", s.Name, n, len(sys.Classes))
		}
		for _, row := range s.Service.At {
			if len(row) != len(s.Service.At[0]) {
				return fmt.Errorf("step %q has times for batches up to %d of one class and up to %d of another", s.Name, len(s.Service.At[0]), len(row))
			}
			if len(row) < sizes {
				return fmt.Errorf("step %q has times for batches up to %d of %d", s.Name, len(row), sizes)
			}
		}
	}
	return nil
}
