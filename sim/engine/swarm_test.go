package engine

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"vsim/sim/engine/queueing"
	"vsim/sim/engine/random"
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
	if s.chance(0.2) {
		sys.Servers = Servers{Count: 2 + s.IntN(2), Balance: Balance(s.IntN(4))}
	}
	places := s.chance(0.3)
	for range 1 + s.IntN(3) {
		sys.Route = append(sys.Route, s.node(sys, places && len(sys.Route) > 0, places))
	}
	if s.chance(0.25) {
		s.fork(sys, places)
	}
	switch {
	case s.chance(0.4):
		sys.Source = Source{Gap: s.sampler(2 * time.Millisecond)}
	case s.chance(0.5):
		sys.Source = Source{Clients: 1 + s.IntN(40)}
	default:
		sys.Source = Source{Clients: 1 + s.IntN(40), Think: s.sampler(10 * time.Millisecond)}
	}
	s.batches(sys)
	return sys
}

// batches has the slow-downs of some steps depend on the batch's size: of two kinds of jobs, in groups.
func (s swarm) batches(sys *System) {
	for i := range sys.Resources {
		for k := range sys.Resources[i].Kinds {
			sys.Resources[i].Kinds[k].Group = s.IntN(3)
		}
	}
	for i := range sys.Pools {
		p := &sys.Pools[i]
		for k := range p.Steps {
			step := &p.Steps[k]
			if other := s.IntN(step.Kind + 1); s.chance(0.3) {
				for range max(p.Batch.Max, 1) {
					step.Kinds = append(step.Kinds, []int{step.Kind, other}[s.IntN(2)])
				}
			}
		}
	}
}

// node draws a node and its pools on every server. With places, every server has two, and a sticky node
// stands at both.
func (s swarm) node(sys *System, maySticky, places bool) Node {
	node := Node{Balance: Balance(s.IntN(4)), Sticky: maySticky && s.chance(0.5)}
	steps := 1 + s.IntN(3)
	pools := 1 + s.IntN(3)*s.IntN(2)
	if places {
		pools = 2
	}
	for server := range max(sys.Servers.Count, 1) {
		for i := range pools {
			node.Pools = append(node.Pools, len(sys.Pools))
			p := s.pool(sys, steps)
			p.Server = server
			if places {
				p.Place = 1 + 2*server + i
			}
			sys.Pools = append(sys.Pools, p)
		}
	}
	if n := len(sys.Classes); n > 1 && !node.Sticky && s.chance(0.2) { // a pool on every server for one class only
		node.Pools = append(node.Pools, len(sys.Pools))
		for server := range max(sys.Servers.Count, 1) {
			p := s.pool(sys, steps)
			p.Server, p.Classes = server, []int{s.IntN(n)}
			if places {
				p.Place = 1 + 2*server
			}
			if server > 0 {
				node.Pools = append(node.Pools, len(sys.Pools))
			}
			sys.Pools = append(sys.Pools, p)
		}
	}
	return node
}

// fork has requests split after the last node and visit one more when they have joined again.
func (s swarm) fork(sys *System, places bool) {
	fork := len(sys.Route)
	sys.Route = append(sys.Route, Node{}, s.node(sys, places, places))
	sys.Route[fork+1].Next = End
	for range 1 + s.IntN(2) {
		b := Branch{First: len(sys.Route)}
		if s.chance(0.6) {
			b.Copies = copies(0, 1, 1, 2, 2, 3, 3, 4)
		}
		sys.Route[fork].Fork = append(sys.Route[fork].Fork, b)
		way := s.node(sys, places, places)
		way.Next = End
		sys.Route = append(sys.Route, way)
	}
}

// brokers has some pools send messages to a broker and others fetch them from there, for themselves or for a pool behind
// them. It returns how many there are of each.
func (s swarm) brokers(sys *System) (send, fetch, feed int) {
	for i := range sys.Pools {
		p := &sys.Pools[i]
		short := time.Duration(s.IntN(6)) * time.Millisecond
		switch {
		case s.chance(0.3):
			p.Batch = Batch{Send: &queueing.Send{Partitions: s.IntN(5), Max: s.IntN(6), Linger: short}}
			send++
		case p.Workers > 0 && s.chance(0.5):
			least := s.IntN(4)
			p.Batch = Batch{Fetch: &queueing.Fetch{Min: least, Max: least + 1 + s.IntN(3), MaxWait: short + time.Millisecond}}
			p.Batch.Fetch.Single = least <= 1 && s.chance(0.5)
			fetch++
			if behind := i + 1 + s.IntN(4); behind < len(sys.Pools) {
				p.Feeds = 1 + behind
				feed++
			}
		}
		for k := range p.Steps {
			p.Steps[k].widen(p.Batch.Largest(1))
		}
	}
	return send, fetch, feed
}

// trouble adds to a system what can go wrong: outages, memories that fill up, queues with limits and
// timeouts.
func (s swarm) trouble(sys *System) {
	for range s.IntN(3) {
		o := Outage{Name: "outage", Lose: s.chance(0.5), Refuse: s.chance(0.3)}
		for p := range sys.Pools {
			if s.chance(0.4) {
				o.Pools = append(o.Pools, p)
			} else if s.chance(0.2) {
				o.Waiting = append(o.Waiting, p)
			}
		}
		if s.chance(0.5) {
			o.Schedule = []Span{{5 * time.Millisecond, 9 * time.Millisecond}, {20 * time.Millisecond, 50 * time.Millisecond}}
		} else {
			o.Up, o.Down = s.sampler(30*time.Millisecond), s.sampler(10*time.Millisecond)
		}
		sys.Outages = append(sys.Outages, o)
	}
	if s.chance(0.5) {
		sys.Memories = []Memory{{Name: "memory", SizeBytes: float64(16 + s.IntN(30)), Full: FullPolicy(s.IntN(3))}}
		// The first node takes, the next gives back: with Wait, one that takes again could wait for itself.
		for i, n := range sys.Route[:min(2, len(sys.Route))] {
			for _, p := range n.Pools {
				if i == 0 {
					sys.Pools[p].Take = &Hold{SizeBytes: []float64{1}}
				}
				if i == 1 || len(sys.Route) == 1 {
					sys.Pools[p].Give = []int{0}
				}
				if i == 1 {
					reload := sys.Pools[p].Steps[0]
					reload.Spilled, reload.Service = true, each(s.sampler(time.Millisecond))
					sys.Pools[p].Steps = append([]Step{reload}, sys.Pools[p].Steps...)
				}
			}
		}
	}
	for p := range sys.Pools {
		if b := &sys.Pools[p].Batch; s.chance(0.3) && b.Send == nil && b.Fetch == nil {
			b.Prefetch, b.Closed = s.chance(0.5), s.chance(0.3)
			for range 1 + s.IntN(2) {
				b.Queues = append(b.Queues, Queue{Limit: s.IntN(6), Timeout: time.Duration(s.IntN(4)) * 2 * time.Millisecond, Defer: s.chance(0.3)})
			}
			if m := b.Max; m > 2 && s.chance(0.5) {
				b.Preferred = []int{m / 2}
			}
		}
	}
	for c := range sys.Classes {
		sys.Classes[c].Priority = s.IntN(3)
	}
}

func (s swarm) chance(p float64) bool { return s.Float64() < p }

func (s swarm) resource() Resource {
	res := Resource{Capacity: []float64{0, 1, 1, 2, 2.5, 8}[s.IntN(6)]}
	kinds := 1 + s.IntN(4)
	for range kinds {
		res.Kinds = append(res.Kinds, Kind{Width: []float64{0, 1, 1, 1, 2, 3.5}[s.IntN(6)], Watts: float64(s.IntN(3))})
	}
	if s.chance(0.2) {
		for i := range res.Kinds {
			res.Kinds[i].Limit = []float64{0, 0.5, 1, 1.5, 3}[s.IntN(5)]
		}
	}
	if s.chance(0.2) {
		res.Slots = 1 + s.IntN(3)
	}
	if s.chance(0.2) {
		res.Speed = []float64{0.5, 1, 2, 3}[s.IntN(4)]
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
		if step.Service.PerItem {
			step.Parallel = s.IntN(4)
		}
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
		fmt.Fprintf(&b, "  resource %d: capacity %v, kinds %v, excess %v, slots %d, speed %v\n", i, r.Capacity, r.Kinds, r.Excess, r.Slots, r.Speed)
	}
	for i, n := range sys.Route {
		fmt.Fprintf(&b, "  node %d: balance %d, sticky %v, fork %v, next %d\n", i, n.Balance, n.Sticky, n.Fork, n.Next)
		for _, p := range n.Pools {
			pool := &sys.Pools[p]
			fmt.Fprintf(&b, "    pool %d: %d workers, batches to %d after %v:", p, pool.Workers, pool.Batch.Max, pool.Batch.Delay)
			if send := pool.Batch.Send; send != nil {
				fmt.Fprintf(&b, " sends %+v", *send)
			}
			if fetch := pool.Batch.Fetch; fetch != nil {
				fmt.Fprintf(&b, " fetches %+v, feeds %d", *fetch, pool.Feeds-1)
			}
			for _, s := range pool.Steps {
				fmt.Fprintf(&b, " [resource %v kind %d %v per item %v mean %.4g ms]", s.Resource, s.Kind, s.Kinds, s.Service.PerItem, s.Service.At[0][0].Mean()/1e6)
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}
