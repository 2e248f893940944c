package engine

import (
	"slices"

	"vsim/sim/engine/random"
)

// node is a Node at run time.
type node struct {
	only    int32 // the pool that all go to; none where there is a choice
	next    int32 // node after it, or End
	forks   bool
	spec    *Node
	sets    [][]int32 // different sets of pools that a request can choose from
	setOf   []int32   // the set by class, then by server or, if sticky, by place
	groups  int32     // servers or places + 1
	choices chooser
	spans   []span        // by set, where LeastOutstanding picks one of pools that are numbered one after the other
	copies  random.Stream // of a fork
	parked  fifo          // requests for whom all pools are down
}

// chooser picks one of several by a balancing policy.
type chooser struct {
	balance Balance
	turns   []int // of each set, for round robin
	stream  random.Stream
}

// newNode sorts a node's pools into the sets from which requests choose.
func newNode(sys *System, i, replication int, inside *loads) node {
	spec := &sys.Route[i]
	n := node{spec: spec, next: int32(spec.Next), groups: int32(servers(sys)), parked: empty,
		copies: stream(sys, "copies", replication, i)}
	if spec.Next == 0 {
		n.next = int32(i + 1)
		if i+1 == len(sys.Route) {
			n.next = End
		}
	}
	if spec.Sticky {
		n.groups = int32(places(sys)) + 1
	}
	s := sets{node: &n, like: map[int32][]int32{}}
	for c := range sys.Classes {
		for _, set := range s.choices(sys, c) {
			n.setOf = append(n.setOf, s.share(set))
		}
	}
	n.only, n.forks = none, spec.Fork != nil
	if len(n.sets) == 1 && len(n.sets[0]) == 1 {
		n.only = n.sets[0][0]
	}
	if spec.Balance == LeastOutstanding {
		for _, set := range n.sets {
			n.spans = append(n.spans, inside.span(set))
		}
	}
	n.choices = chooser{balance: spec.Balance, turns: spaced[int](len(n.sets)), stream: stream(sys, "balance", replication, i)}
	return n
}

// sets sorts the pools of a node.
type sets struct {
	*node
	like map[int32][]int32 // the sets by their first pools, none for the empty one
}

// choices lists, by server or by place, the pools of a node that serve a class.
func (s *sets) choices(sys *System, class int) [][]int32 {
	out := make([][]int32, s.groups)
	for _, p := range s.spec.Pools {
		pool := &sys.Pools[p]
		at := pool.Server
		if s.spec.Sticky {
			at = pool.Place
		}
		if pool.Classes == nil || slices.Contains(pool.Classes, class) {
			out[at] = append(out[at], int32(p))
		}
	}
	return out
}

// share returns the number of a set, so that all who choose from the same pools take turns.
func (s *sets) share(set []int32) int32 {
	first := none
	if len(set) > 0 {
		first = set[0]
	}
	for _, i := range s.like[first] {
		if slices.Equal(s.sets[i], set) {
			return i
		}
	}
	i := int32(len(s.sets))
	s.sets, s.like[first] = append(s.sets, set), append(s.like[first], i)
	return i
}

// widest is the most pools that a balancer of the kind that looks at all of them chooses from.
func widest(sys *System) (most int) {
	for i := range sys.Route {
		if n := &sys.Route[i]; n.Balance == LeastOutstanding {
			most = max(most, len(n.Pools)/servers(sys))
		}
	}
	return most
}

// choices returns the number of the set of pools that a request can go to.
func (r *Run) choices(n *node, id int32) int32 {
	if len(n.sets) == 1 {
		return 0
	}
	q, group := &r.requests.items[id], int32(0)
	switch {
	case n.spec.Sticky:
		group = q.place
	case r.servers.several():
		group = r.detail(id).server
	}
	return n.setOf[q.class*n.groups+group]
}

// choose picks one of the choices, given the requests inside each. Ties go to the lowest.
func (c *chooser) choose(set int32, choices []int32, inside *loads) int32 {
	if len(choices) == 1 {
		return choices[0]
	}
	switch c.balance {
	case LeastOutstanding:
		return inside.least(choices)
	case PowerOfTwo:
		a, b := c.any(choices), c.any(choices)
		if inside.words[b] < inside.words[a] { // also when as many are inside and b comes first
			a = b
		}
		return a
	case RandomPool:
		return c.any(choices)
	default:
		turn := &c.turns[set]
		if *turn >= len(choices) {
			*turn = 0
		}
		p := choices[*turn]
		*turn++
		return p
	}
}

func (c *chooser) any(choices []int32) int32 {
	return choices[int(c.stream.Float64()*float64(len(choices)))]
}
