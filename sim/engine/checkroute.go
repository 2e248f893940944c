package engine

import (
	"fmt"
	"slices"
)

// checkRoute finds contradictions in where requests go: every node leads somewhere, no way runs in a
// circle or past all pools, and whatever its class, server and place, a request finds a pool. most is, by pool, the
// largest number of items that a request comes with; nil where there are faults.
func checkRoute(sys *System) (faults []error, most []int) {
	add := func(format string, args ...any) { faults = append(faults, fmt.Errorf("engine: "+format, args...)) }
	inRoute := func(n int) bool { return n >= 0 && n < len(sys.Route) }
	for i := range sys.Route {
		n := &sys.Route[i]
		if (len(n.Pools) == 0) == (n.Fork == nil) || len(n.Fork) > maxBranches {
			add("node %d has %d pools and %d branches: want one or the other, and at most %d branches", i, len(n.Pools), len(n.Fork), maxBranches)
		}
		if n.Next != End && n.Next != 0 && !inRoute(n.Next) {
			add("node %d: there is no node %d", i, n.Next)
		}
		for _, b := range n.Fork {
			if !inRoute(b.First) {
				add("node %d: there is no node %d to branch to", i, b.First)
			}
		}
		for _, p := range n.Pools {
			if p < 0 || p >= len(sys.Pools) {
				add("node %d: there is no pool %d", i, p)
			}
		}
	}
	if len(faults) > 0 || len(sys.Route) == 0 {
		return faults, nil
	}
	most = make([]int, len(sys.Pools))
	at := poolsAt(sys)
	for server := range servers(sys) {
		for class := range sys.Classes {
			w := walker{sys: sys, at: at, class: class, server: server, most: most}
			items := 1
			if c := sys.Classes[class].Items; c != nil {
				items = c.Max()
			}
			w.way(0, []int{0}, items, 0)
			if w.fault != nil {
				return append(faults, w.fault), nil
			}
		}
	}
	return faults, most
}

// poolsAt sorts the pools of every node by server or, where it is sticky, by place.
func poolsAt(sys *System) (out []map[int][]int) {
	for i := range sys.Route {
		n, at := &sys.Route[i], map[int][]int{}
		for _, p := range n.Pools {
			where := sys.Pools[p].Server
			if n.Sticky {
				where = sys.Pools[p].Place
			}
			at[where] = append(at[where], p)
		}
		out = append(out, at)
	}
	return out
}

// walker follows the ways of one class of requests on one server through the graph.
type walker struct {
	sys           *System
	at            []map[int][]int // the pools of a node, by server or, where it is sticky, by place
	class, server int
	most          []int // items of a request, by pool
	fault         error
}

// way follows a way from a node on, for a request of so many items that may be at any of the places, and says whether
// it surely visits a pool. depth is the number of nodes so far.
func (w *walker) way(at int, places []int, items, depth int) (visits bool) {
	for ; at != End && w.fault == nil; depth++ {
		if depth > len(w.sys.Route) {
			w.fault = fmt.Errorf("engine: the way through node %d runs in a circle", at)
			return
		}
		n := &w.sys.Route[at]
		for _, b := range n.Fork {
			of := items
			if b.Copies != nil {
				of = 1
			}
			if !w.way(b.First, places, of, depth+1) && w.fault == nil {
				w.fault = fmt.Errorf("engine: node %d: the way from node %d visits no pool", at, b.First)
			}
			visits = visits || !mayDraw0(b.Copies)
		}
		if n.Fork == nil {
			places = w.served(at, n, places, items)
			visits = true
		}
		if at = n.Next; at == 0 {
			at = w.following(n)
		}
	}
	if depth > 0 && !visits && w.fault == nil {
		w.fault = fmt.Errorf("engine: a request may go its way without visiting any pool")
	}
	return visits
}

// following returns the node after the given one in the route.
func (w *walker) following(n *Node) int {
	for i := range w.sys.Route {
		if n == &w.sys.Route[i] && i+1 < len(w.sys.Route) {
			return i + 1
		}
	}
	return End
}

// served returns the places at which a request of so many items may be after a node.
func (w *walker) served(at int, n *Node, places []int, items int) (after []int) {
	there := map[int]bool{}
	for _, place := range places {
		found, group := false, w.server
		if n.Sticky {
			group = place
		}
		for _, p := range w.at[at][group] {
			pool := &w.sys.Pools[p]
			if pool.Classes != nil && !slices.Contains(pool.Classes, w.class) {
				continue
			}
			found = true
			w.most[p] = max(w.most[p], items)
			if !there[pool.Place] {
				there[pool.Place] = true
				after = append(after, pool.Place)
			}
		}
		if !found {
			w.fault = fmt.Errorf("engine: node %d has no pool for class %q on server %d at place %d", at, w.sys.Classes[w.class].Name, w.server, place)
		}
	}
	return after
}
