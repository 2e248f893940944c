package build

import (
	"vsim/experiments/scenario"
	"vsim/sim"
	"vsim/sim/random"
)

// route makes the way of requests through the pools.
func (b *builder) route() {
	stops, err := b.g.GraphWithout(b.left)
	if err != nil {
		b.fault("stage", err)
		return
	}
	for _, stop := range stops {
		node := sim.Node{Balance: policies[b.g.Balance.GPUs], Next: stop.Next}
		if stop.Next == scenario.End {
			node.Next = sim.End
		}
		for _, stage := range stop.Stages {
			node.Pools = append(node.Pools, b.pools[stage]...)
			node.Sticky = node.Sticky || b.g.Stages[stage].Sticky
		}
		for _, branch := range stop.Fork {
			node.Fork = append(node.Fork, sim.Branch{First: branch.First, Copies: b.count(branch.Copies)})
		}
		b.sys.Route = append(b.sys.Route, node)
	}
}

// count makes the sampler of a random number of copies; nil is one.
func (b *builder) count(c *scenario.Count) *random.Sampler {
	if c == nil {
		return nil
	}
	s, err := countSampler(c)
	if err != nil {
		b.fault("stage", err)
	}
	return s
}
