package compile

import (
	"math"

	"vsim/sim/engine"
	"vsim/sim/topology"
)

// perCore gives CPUs a run queue for each core where more workers than cores may want them: with fewer, each worker has a core,
// and it makes no difference. Stages with a worker for everybody, jobs on several cores at once and CPUs of many cores share
// all cores equally, which comes near for many workers.
func (b *builder) perCore() {
	for i := range b.top.Resources {
		r := &b.top.Resources[i]
		if r.Type != topology.CPU {
			continue
		}
		for _, c := range r.Copies {
			res := &b.sys.Resources[c.Index]
			res.PerCore = whole(res) && b.workersOn(c.Index) > int(res.Capacity)
		}
	}
}

// maxPerCore bounds the cores, and the workers on them: each event looks at all of these.
const maxPerCore = 64

// whole says that a resource is cores of which each job takes one.
func whole(r *engine.Resource) bool {
	for _, k := range r.Kinds {
		if k.Width > 1 || k.Limit > 0 {
			return false
		}
	}
	return r.Capacity >= 1 && r.Capacity == math.Trunc(r.Capacity) && r.Capacity <= maxPerCore && r.Slots == 0
}

// workersOn is how many workers may want a resource at once, 0 where there is no bound or too many of them.
func (b *builder) workersOn(resource int) (n int) {
	for i := range b.sys.Pools {
		p := &b.sys.Pools[i]
		used := 0
		for k := range p.Steps {
			on := 0
			for _, r := range p.Steps[k].Resource {
				if r == resource {
					on++
				}
			}
			if on > 0 && p.Workers == 0 {
				return 0
			}
			if on > 0 && len(p.Steps[k].Resource) == 1 {
				on = p.Workers
			}
			used = max(used, on)
		}
		n += used
	}
	if n > maxPerCore {
		return 0
	}
	return n
}
