package compile

import (
	"vsim/sim/engine/random"
)

// turnaround lets the clients of a closed loop that do not think come back one after another, where they come to workers
// that make batches and may wait for them.
//
// A server answers the requests of a batch one after the other, and a worker that is free takes the first that comes back: 24
// clients of a server whose batches hold 24 are not served 24 at once for ever, but in two groups, one of which waits while
// the other is served. Clients that all came back in one moment would find the worker at rest and be one batch: 3790/s
// predicted where that server, on an H200, does 2600/s (experiments/accuracy). Where more requests wait than the workers can
// take, none of them is free, and the order in which clients come back is no matter.
func (b *builder) turnaround() {
	source := &b.sys.Source
	if source.Clients < 2 || source.Think != nil || !b.mayWait(source.Clients) {
		return
	}
	if at, err := random.Constant(0); err == nil {
		source.Think = at
	}
}

// mayWait says that a worker of the pools where requests enter may wait for a batch, with so many clients.
func (b *builder) mayWait(clients int) bool {
	room := 0
	for _, i := range b.entries(0) {
		p := &b.sys.Pools[i]
		if p.Batch.Max > 1 && p.Workers == 0 {
			return true
		}
		if p.Batch.Max > 1 {
			room += (p.Workers + 1) * p.Batch.Max
		}
	}
	return clients < room
}

// entries are the pools that requests may come to first from a node on.
func (b *builder) entries(node int) []int {
	if node < 0 || node >= len(b.sys.Route) {
		return nil
	}
	out := b.sys.Route[node].Pools
	for _, branch := range b.sys.Route[node].Fork {
		out = append(out[:len(out):len(out)], b.entries(branch.First)...)
	}
	return out
}
