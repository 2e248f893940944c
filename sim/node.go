package sim

import (
	"math"

	"vsim/sim/random"
)

// node is a Node at run time.
type node struct {
	spec   *Node
	turn   int
	stream random.Stream
}

// pick chooses the pool that the next request goes to, given the requests inside each pool.
func (n *node) pick(inside []int32) int32 {
	choices := n.spec.Pools
	if len(choices) == 1 {
		return int32(choices[0])
	}
	switch n.spec.Balance {
	case LeastOutstanding:
		best := uint64(math.MaxUint64) // number inside above index of the pool: a minimum without a branch
		for _, p := range choices {
			best = min(best, uint64(inside[p])<<32|uint64(p))
		}
		return int32(best & math.MaxUint32)
	case PowerOfTwo:
		a, b := n.random(), n.random()
		if inside[b] < inside[a] || inside[b] == inside[a] && b < a {
			a = b
		}
		return int32(a)
	case RandomPool:
		return int32(n.random())
	default:
		p := choices[n.turn]
		n.turn = (n.turn + 1) % len(choices)
		return int32(p)
	}
}

func (n *node) random() int {
	return n.spec.Pools[int(n.stream.Float64()*float64(len(n.spec.Pools)))]
}
