package sim

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"vsim/sim/random"
)

// swarm draws whole systems. Everything about a system follows from its seed; which features it has at
// all is drawn first, so that rare combinations come up (swarm testing: Groce et al. 2012, ISSTA).
type swarm struct {
	*rand.Rand
	grid bool // all times are multiples of a millisecond: ties abound
}

func swarmOf(seed uint64) swarm {
	s := swarm{Rand: rand.New(rand.NewPCG(seed, 7))}
	s.grid = s.chance(0.25)
	return s
}

func drawSystem(seed uint64) *System {
	s := swarmOf(seed)
	sys := &System{Seed: seed}
	for c := range 1 + s.IntN(3) {
		sys.Classes = append(sys.Classes, Class{Name: fmt.Sprint("class", c), Weight: 0.5 + s.Float64()})
	}
	for range 1 + s.IntN(4) {
		sys.Resources = append(sys.Resources, s.resource())
	}
	for range 1 + s.IntN(3) {
		node := Node{Balance: Balance(s.IntN(4))}
		steps := 1 + s.IntN(3)
		for range 1 + s.IntN(3)*s.IntN(2) {
			node.Pools = append(node.Pools, len(sys.Pools))
			sys.Pools = append(sys.Pools, s.pool(sys, steps))
		}
		sys.Route = append(sys.Route, node)
	}
	switch {
	case s.chance(0.4):
		sys.Source = Source{Gap: s.sampler(2 * time.Millisecond)}
	case s.chance(0.5):
		sys.Source = Source{Clients: 1 + s.IntN(40)}
	default:
		sys.Source = Source{Clients: 1 + s.IntN(40), Think: s.sampler(10 * time.Millisecond)}
	}
	return sys
}

func (s swarm) chance(p float64) bool { return s.Float64() < p }

func (s swarm) resource() Resource {
	res := Resource{Type: CPU, Capacity: []float64{0, 1, 1, 2, 2.5, 8}[s.IntN(6)], IdleWatts: 100 * s.Float64()}
	if s.chance(0.2) {
		res.Speed = []float64{0.5, 1, 2, 1.25}[s.IntN(4)]
	}
	if s.chance(0.2) {
		res.Slots = 1 + s.IntN(4)
	}
	kinds, limited := 1+s.IntN(4), s.chance(0.2)
	for range kinds {
		kind := Kind{Width: []float64{0, 1, 1, 1, 2, 3.5}[s.IntN(6)], Watts: 10 * s.Float64()}
		if limited {
			kind.Limit = []float64{0, 0.5, 1, 1, 2}[s.IntN(5)]
		}
		res.Kinds = append(res.Kinds, kind)
	}
	if s.chance(0.5) {
		for range kinds {
			row := make([]Curve, kinds)
			for j := range row {
				if s.chance(0.7) {
					row[j] = s.curve()
				}
			}
			res.Excess = append(res.Excess, row)
		}
	}
	return res
}

func (s swarm) curve() (c Curve) {
	at, excess := 0.0, 0.0
	for range 1 + s.IntN(3) {
		at += []float64{1, 2, s.Float64() + 0.1}[s.IntN(3)]
		excess += s.Float64() * 0.5
		c = append(c, CurvePoint{Neighbours: at, Excess: excess})
	}
	return c
}

func (s swarm) pool(sys *System, steps int) Pool {
	p := Pool{Workers: s.IntN(5), Batch: Batch{Max: s.IntN(4) * s.IntN(4)}}
	if s.chance(0.4) {
		p.Batch.Delay = time.Duration(1+s.IntN(8)) * time.Millisecond
	}
	for range steps {
		step := Step{Resource: []int{s.IntN(len(sys.Resources))}}
		if p.Workers > 1 && s.chance(0.2) { // every worker a resource of its own
			for range p.Workers - 1 {
				step.Resource = append(step.Resource, s.IntN(len(sys.Resources)))
			}
		}
		step.Kind = len(sys.Resources[step.Resource[0]].Kinds)
		for _, r := range step.Resource {
			step.Kind = min(step.Kind, len(sys.Resources[r].Kinds))
		}
		step.Kind = s.IntN(step.Kind)
		step.Service = s.service(len(sys.Classes), max(p.Batch.Max, 1))
		p.Steps = append(p.Steps, step)
	}
	return p
}

func (s swarm) service(classes, sizes int) (v Service) {
	if v.PerItem = s.chance(0.3); v.PerItem {
		sizes = 1
	}
	if s.chance(0.5) {
		classes = 1
	}
	for range classes {
		row := make([]*random.Sampler, sizes)
		for b := range row {
			row[b] = s.sampler(time.Duration(1+b) * time.Millisecond)
		}
		v.At = append(v.At, row)
	}
	return v
}

// sampler has its mean between half and twice the given one.
func (s swarm) sampler(about time.Duration) *random.Sampler {
	if s.grid {
		return constant(time.Duration(1+s.IntN(3)) * about / 2 * 2)
	}
	mean := time.Duration(float64(about) * (0.5 + 1.5*s.Float64()))
	switch s.IntN(5) {
	case 0:
		return constant(mean)
	case 1:
		return must(random.Uniform(0, 2*float64(mean)))
	case 2:
		return must(random.Lognormal(float64(mean), 0.2+s.Float64()))
	default:
		return exponential(mean)
	}
}

// describe prints a system, for a failure's report.
func describe(sys *System) string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d: %d classes, clients %d, open %v, thinks %v\n", sys.Seed, len(sys.Classes), sys.Source.Clients, sys.Source.Gap != nil, sys.Source.Think != nil)
	for i, r := range sys.Resources {
		fmt.Fprintf(&b, "  resource %d: capacity %v, speed %v, %d slots, kinds %v, excess %v\n", i, r.Capacity, r.Speed, r.Slots, r.Kinds, r.Excess)
	}
	for i, n := range sys.Route {
		fmt.Fprintf(&b, "  node %d: balance %d\n", i, n.Balance)
		for _, p := range n.Pools {
			pool := &sys.Pools[p]
			fmt.Fprintf(&b, "    pool %d: %d workers, batches to %d after %v:", p, pool.Workers, pool.Batch.Max, pool.Batch.Delay)
			for _, s := range pool.Steps {
				fmt.Fprintf(&b, " [resource %v kind %d per item %v mean %.4g ms]", s.Resource, s.Kind, s.Service.PerItem, s.Service.At[0][0].Mean()/1e6)
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}
