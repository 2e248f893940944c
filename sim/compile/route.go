package compile

import (
	"vsim/sim/engine"
	"vsim/sim/engine/random"
	"vsim/sim/scenario"
)

// route makes the way of requests through the pools.
func (b *builder) route() {
	stops, err := b.g.GraphWithout(b.left)
	if err != nil {
		b.fault("stage", err)
		return
	}
	for _, stop := range stops {
		node := engine.Node{Balance: policies[b.g.Balance.GPUs], Next: stop.Next}
		if stop.Next == scenario.End {
			node.Next = engine.End
		}
		for _, stage := range stop.Stages {
			node.Pools = append(node.Pools, b.pools[stage]...)
			node.Sticky = node.Sticky || b.g.Stages[stage].Sticky
			b.partitions(&node, stage)
		}
		for _, branch := range stop.Fork {
			node.Fork = append(node.Fork, engine.Branch{First: branch.First, Copies: b.count("stage", branch.Copies)})
		}
		b.sys.Route = append(b.sys.Route, node)
	}
}

// count makes the counter of a random number of copies or items, of a key; nil is one.
func (b *builder) count(key string, c *scenario.Count) *random.Counter {
	if c == nil {
		return nil
	}
	s, err := counter(c)
	if err != nil {
		b.fault(key, err)
	}
	return s
}
