// Package engine simulates a computer-vision server: sources, pools of workers with batchers, and
// resources that the workers' jobs share.
package engine

import (
	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
)

// Run is one replication of a System: its whole state at one moment of simulated time.
//
// It has one slot in the event tree for every component. Slots are numbered by kind, in the order of
// component, so that events at the same time happen in this order: completions on resources (by
// resource), deadlines of batchers (by pool), outages, arrivals, the end of a statistics block. What an event
// leads to at the same time (a freed worker takes the next batch) happens inside the event.
type Run struct {
	sys  *System
	now  event.Time
	tree *event.Tree

	resources []resource
	pools     []pool
	inside    loads   // requests in each pool's queue or in its workers' hands
	stages    []stage // by pool, then step
	nodes     []node
	memories  []memory
	servers   serverSet
	outages   []outage
	source    source
	history   history

	requests slab[request]
	jobs     slab[job]
	woken    []int32     // pools to look at when the event ends
	touched  []*resource // those whose jobs have changed in the event
	shares   []share     // of memories, by request
	detailed bool        // requests have details from their entry on
	sized    bool        // requests may have others than one item
	details  []detail    // by request, where there are forks, streams or several servers
	waits    []int64     // ns that jobs have been in line for a slot, by job; only of stages that have lines
	freed    bool        // memory was given back for which jobs wait
	down     int         // outages under way
	up       []int32     // scratch for choosing among pools that are up
	engines  engines     // scratch for a batch whose items are worked on side by side

	count  counters
	little insideLaw

	observer Observer
	members  []Member // scratch for what it is told
}

// New sets up replication number `replication` of a system. The system must not change while the run
// is in use. It errs when the system contradicts itself.
func New(sys *System, replication int) (*Run, error) {
	if err := check(sys); err != nil {
		return nil, err
	}
	r := &Run{
		sys: sys, resources: spaced[resource](len(sys.Resources)), pools: spaced[pool](len(sys.Pools)), stages: spaced[stage](steps(sys))[:0],
		nodes: spaced[node](len(sys.Route)), woken: spaced[int32](len(sys.Pools))[:0], touched: spaced[*resource](len(sys.Resources))[:0],
		requests: newSlab[request](), jobs: newSlab[job](),
	}
	r.sized = sized(sys)
	slot := 0
	threads := 0
	for i := range sys.Pools {
		threads += sys.Pools[i].Workers
	}
	laws, rows := lawBook{}, samplerBook{}
	for i := range sys.Resources {
		r.resources[i] = newResource(&sys.Resources[i], laws.of(&sys.Resources[i]), slot, threads)
		slot++
	}
	threads = 0
	for i := range sys.Pools {
		p := &sys.Pools[i]
		r.pools[i] = newPool(p, slot, len(r.stages), r.sized, stream(sys, "batcher", replication, i))
		r.pools[i].thread = int32(threads)
		threads += p.Workers
		for k := range p.Steps {
			r.stages = append(r.stages, newStage(p.Steps, k, r.resources, rows, r.sized,
				stream(sys, "service", replication, len(r.stages)), stream(sys, "jitter", replication, len(r.stages)), stream(sys, "rest", replication, len(r.stages)), stream(sys, "spell", replication, len(r.stages)), newFan(sys, p.Steps, k, replication, len(r.stages))))
			if p.Steps[k].RestHalfNs > 0 || p.Steps[k].Change != nil {
				r.stages[len(r.stages)-1].rests.colds = make([]cold, p.Workers)
			}
		}
		slot++
	}
	r.connect()
	for i := range sys.Outages {
		r.outages = append(r.outages, newOutage(&sys.Outages[i], slot, stream(sys, "outage", replication, i)))
		slot++
	}
	r.inside = newLoads(len(r.pools), widest(sys))
	for i := range sys.Route {
		r.nodes[i] = newNode(sys, i, replication, &r.inside)
	}
	for i := range sys.Memories {
		r.memories = append(r.memories, newMemory(&sys.Memories[i]))
	}
	r.servers = newServerSet(sys, stream(sys, "server", replication, 0))
	r.tree = event.NewTree(slot + 2)
	r.source = newSource(sys, replication, slot)
	r.detailed = r.servers.several() || r.source.inside != nil || r.sized
	r.count.partSums = newParts(len(r.stages), len(sys.Pools), len(sys.Resources))
	r.history = newHistory(slot+1, len(sys.Classes), blockLength(sys), partsEvery(sys, len(r.stages)))
	for i := range r.outages {
		r.tree.Set(r.outages[i].slot, r.outages[i].due)
	}
	r.tree.Set(r.source.slot, r.source.due())
	r.tree.Set(r.history.slot, r.history.end)
	return r, nil
}

// steps is the number of steps of all pools.
func steps(sys *System) (n int) {
	for i := range sys.Pools {
		n += len(sys.Pools[i].Steps)
	}
	return n
}

// stream is the random stream of a replication for a purpose and the index of what needs it. (Indexes beyond 16 bits
// go above the replication, so that those of other replications are others.)
func stream(sys *System, purpose string, replication, index int) random.Stream {
	return random.NewStream(sys.Seed, purpose, index>>16<<48|replication<<16|index&0xffff)
}

// Until runs all events up to and including time end, or until more than maxEvents have happened or
// more than maxInside requests are inside; it says whether it reached end.
func (r *Run) Until(end event.Time, maxEvents int64, maxInside int) bool {
	resources, pools := len(r.resources), len(r.resources)+len(r.pools)
	for {
		slot, at := r.tree.Min()
		if at > end {
			return true
		}
		if r.count.Events >= maxEvents || r.requests.used() > maxInside || at == r.tree.Horizon() {
			return false
		}
		r.now = at
		r.count.Events++
		switch {
		case slot < resources:
			res := &r.resources[slot]
			r.complete(res)
			for r.alone(res) && r.count.Events < maxEvents && r.requests.used() <= maxInside {
				r.count.Events++
				r.complete(res)
			}
		case slot < pools:
			p := slot - resources
			r.pools[p].deadline = event.Never
			r.tree.Set(slot, event.Never)
			r.dispatch(p, &r.pools[p])
		case slot < r.source.slot:
			r.toggle(slot - pools)
		case slot == r.source.slot:
			r.arrive()
		default:
			r.endBlock()
			continue
		}
		r.follow()
	}
}

// alone says that after a completion on a resource the next one there is what happens first: it is due now,
// and the last one has changed nothing elsewhere that may come before.
func (r *Run) alone(res *resource) bool {
	return res.dueNow() && len(r.woken) == 0 && len(r.touched) == 1 && !r.freed
}

// follow does what the event has made possible at the same time: batches are handed out, and touched
// resources work out what they finish next.
func (r *Run) follow() {
	if len(r.woken) > 0 || r.freed {
		r.handOut()
	}
	for _, res := range r.touched {
		res.settled = true
		if due := res.settle(); due != res.due {
			res.due = due
			r.tree.Set(res.slot, due)
		}
	}
	r.touched = r.touched[:0]
}

// handOut lets jobs go on for which there is memory now, and woken pools hand out batches, in the order in
// which something changed for them: a worker came free for whom requests waited, the first request joined, or the
// one that fills a batch.
func (r *Run) handOut() {
	for i := 0; i < len(r.woken) || r.freed; i++ { // a dispatch can wake others: whose requests a full memory rejects
		if r.freed {
			r.resume()
			i--
			continue
		}
		p := &r.pools[r.woken[i]]
		p.woken = false
		r.dispatch(int(r.woken[i]), p)
	}
	r.woken = r.woken[:0]
}

// touch brings a resource's clocks to now and has it settle when the event ends.
func (r *Run) touch(res *resource) *resource {
	if res.settled { // split in two, so that the compiler puts the test where it is called
		r.unsettle(res)
	}
	return res
}

func (r *Run) unsettle(res *resource) {
	res.settled = false
	res.advance(r.now)
	r.touched = append(r.touched, res)
}

// wake has a pool looked at when the event ends.
func (r *Run) wake(i int32, p *pool) {
	if !p.woken {
		p.woken = true
		r.woken = append(r.woken, i)
	}
}
