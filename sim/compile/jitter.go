package compile

import (
	"cmp"
	"slices"

	"vsim/sim/engine"
	"vsim/sim/engine/random"
)

// jitter gives run.jitter to the steps whose times would otherwise be constant and whose resource is coupled.
//
// Constant times are an idealisation that does no harm where jobs do not delay one another: they are left alone
// there, and M/D/1 stays M/D/1. Where jobs of several workers meet on a resource and delay one another, constant times
// freeze the phases in which the workers happen to start, and the result depends on nothing but those: two
// instances that copy, compute and copy in lock step are no faster than one (357 requests/s), while any jitter, be
// it of 0.1 % or of 10 %, lets them drift through all phases as those of real servers do (457 requests/s). So the
// prediction is about the drifting system. Its limit for small jitter is what counts, not the jitter's size.
// experiments/DEVIATIONS.md has three published measurements of both.
//
// Pools with a worker for everybody start their jobs whenever requests come, and keep no phase of their own. Where
// nothing else in a closed loop varies, its clients do: then each of them counts as a worker there.
func (b *builder) jitter() {
	if b.g.Run.Jitter == 0 {
		return
	}
	varies := b.vary(0)
	if clients := b.sys.Source.Clients; !varies && clients > 1 && (b.sys.Source.Think == nil || isConstant(b.sys.Source.Think)) {
		b.vary(clients)
	}
}

// vary has the constant steps on coupled resources vary, with so many workers in a pool that has one for everybody.
// It says whether any step's time varies then.
func (b *builder) vary(everybody int) (any bool) {
	coupled := couplings(b.sys, everybody)
	for i := range b.sys.Pools {
		p := &b.sys.Pools[i]
		for k := range p.Steps {
			s := &p.Steps[k]
			if cmp.Or(p.Workers, everybody) > 0 && constant(s) && meets(s, coupled) {
				s.Jitter = b.g.Run.Jitter
			}
			any = any || s.Jitter > 0 || !constant(s)
		}
	}
	return any
}

// constant says that a step's times are no matter of chance.
func constant(s *engine.Step) bool {
	for _, row := range s.Service.At {
		for _, sampler := range row {
			if !isConstant(sampler) {
				return false
			}
		}
	}
	return true
}

func isConstant(s *random.Sampler) bool {
	_, ok := s.Constant()
	return ok
}

// meets says that a step runs on a coupled resource.
func meets(s *engine.Step, coupled []bool) bool {
	for _, r := range s.Resource {
		if coupled[r] {
			return true
		}
	}
	return false
}

// couplings says of each resource whether jobs of several workers can meet on it and delay one another. Pools with a
// worker for everybody count as so many.
func couplings(sys *engine.System, everybody int) []bool {
	demands := make([]demand, len(sys.Resources))
	for i := range demands {
		demands[i].kinds = make([]float64, len(sys.Resources[i].Kinds))
	}
	for i := range sys.Pools {
		p := &sys.Pools[i]
		each, workers := cmp.Or(p.Workers, everybody), 1
		if alike(p) {
			each, workers = min(each, 1), each
		}
		for worker := range each {
			for r, width := range widest(sys, p, worker) {
				demands[r].add(width, workers)
			}
		}
	}
	out := make([]bool, len(demands))
	for i := range out {
		out[i] = demands[i].couple(&sys.Resources[i])
	}
	return out
}

// alike says that all workers of a pool go to the same resources.
func alike(p *engine.Pool) bool {
	return !slices.ContainsFunc(p.Steps, func(s engine.Step) bool { return len(s.Resource) > 1 })
}

// widest is the most that a worker of a pool takes of each resource at once, by kind of job.
func widest(sys *engine.System, p *engine.Pool, worker int) map[int]map[int]float64 {
	out := map[int]map[int]float64{}
	for k := range p.Steps {
		s := &p.Steps[k]
		r := s.Resource[0]
		if len(s.Resource) > 1 {
			r = s.Resource[worker]
		}
		if out[r] == nil {
			out[r] = map[int]float64{}
		}
		out[r][s.Kind] = max(sys.Resources[r].Kinds[s.Kind].Width, 1)
	}
	return out
}

// demand is what all workers together can ask of a resource at once.
type demand struct {
	workers int
	width   float64
	kinds   []float64 // width by kind
}

// add counts so many workers with the widths of their jobs by kind, of which each has one at a time.
func (d *demand) add(widths map[int]float64, workers int) {
	most, n := 0.0, float64(workers)
	for kind, width := range widths {
		d.kinds[kind] += n * width
		most = max(most, width)
	}
	d.workers += workers
	d.width += n * most
}

// couple says whether that is more than the resource can give without delay.
func (d *demand) couple(r *engine.Resource) bool {
	if d.workers < 2 {
		return false
	}
	for k, width := range d.kinds {
		if limit := r.Kinds[k].Limit; limit > 0 && width > limit {
			return true
		}
	}
	return r.Capacity > 0 && d.width > r.Capacity || r.Slots > 0 && d.workers > r.Slots || r.Excess != nil
}
