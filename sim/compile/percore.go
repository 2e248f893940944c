package compile

import (
	"math"

	"vsim/sim/engine"
	"vsim/sim/topology"
)

// perCore gives CPUs a run queue for each core where more workers than cores may want them: with fewer, each worker has a core,
// and it makes no difference. Stages with a worker for everybody, jobs on several cores at once, workers of several threads and CPUs of many cores share
// all cores equally, which comes near for many workers.
func (b *builder) perCore() {
	workers, teams := b.workers(), b.teams()
	for i := range b.top.Resources {
		r := &b.top.Resources[i]
		if r.Type != topology.CPU {
			continue
		}
		for _, c := range r.Copies {
			res := &b.sys.Resources[c.Index]
			if res.PerCore = whole(res) && !teams[c.Index] && workers[c.Index] > int(res.Capacity); res.PerCore {
				ownThreads(res)
			} else {
				res.Turns = nil // threads do not share a core, or nobody knows which
			}
		}
	}
}

// maxPerCore bounds the cores, and the workers on them: each event looks at all of these.
const maxPerCore = 64

// oneThread is the limit of jobs that are done by a single thread.
const oneThread = 1

// ownThreads gives such jobs a thread in place of a limit.
func ownThreads(r *engine.Resource) {
	for i := range r.Kinds {
		if k := &r.Kinds[i]; k.Limit == oneThread {
			k.Thread, k.Limit = true, 0
		}
	}
}

// whole says that a resource is cores of which each job takes one.
func whole(r *engine.Resource) bool {
	for _, k := range r.Kinds {
		if k.Width > 1 || k.Limit > 0 && k.Limit != oneThread {
			return false
		}
	}
	return r.Capacity >= 1 && r.Capacity == math.Trunc(r.Capacity) && r.Capacity <= maxPerCore && r.Slots == 0
}

// teams says, by resource, whether a worker has several threads on it.
func (b *builder) teams() []bool {
	out := make([]bool, len(b.sys.Resources))
	for i := range b.sys.Pools {
		for k := range b.sys.Pools[i].Steps {
			s := &b.sys.Pools[i].Steps[k]
			for _, r := range s.Resource {
				out[r] = out[r] || s.Threads > 1
			}
		}
	}
	return out
}

// workers is how many workers may want each resource at once, 0 where there is no bound or too many of them.
func (b *builder) workers() []int {
	out, unbounded := make([]int, len(b.sys.Resources)), make([]bool, len(b.sys.Resources))
	for i := range b.sys.Pools {
		p, used := &b.sys.Pools[i], map[int]int{}
		for k := range p.Steps {
			for r, on := range workersAt(&p.Steps[k], p.Workers) {
				used[r] = max(used[r], on)
				unbounded[r] = unbounded[r] || p.Workers == 0
			}
		}
		for r, on := range used {
			out[r] += on
		}
	}
	for r, n := range out {
		if unbounded[r] || n > maxPerCore {
			out[r] = 0
		}
	}
	return out
}

// workersAt is, by resource, how many of so many workers go there for a step.
func workersAt(s *engine.Step, workers int) map[int]int {
	if len(s.Resource) == 1 {
		return map[int]int{s.Resource[0]: workers}
	}
	on := map[int]int{}
	for _, r := range s.Resource {
		on[r]++
	}
	return on
}
