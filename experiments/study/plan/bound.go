package plan

import (
	"math"
	"slices"

	"vsim/sim/engine"
	"vsim/sim/engine/random"
)

// bounds are what no simulation of a system can beat, from its times alone: they screen what need not be simulated.
//
// The rate follows from the utilisation law (Denning and Buzen 1978, The operational analysis of queueing network models,
// section 4): what arrives keeps a resource or a stage's workers busy for its mean work, with the batches that are best for
// it, and nothing is busy for more than all the time. Latency: a request takes at least what its steps take alone.
type bounds struct {
	rps    float64 // the largest rate that can be served
	ways   []way   // of each class
	joules float64 // least energy of a request above idle
	watts  float64 // of everything with nothing to do
}

// way is what a request takes alone from its arrival to its answer.
type way struct {
	name   string
	weight float64
	mean   float64  // ns
	least  float64  // ns, of the fastest
	parts  []excess // what single steps take beyond their fastest
}

// excess is a step whose time may be longer than its least.
type excess struct {
	row   []*random.Sampler // by batch size, of which the quickest counts
	by    float64           // ns of each of its ns
	least float64           // ns
}

// quantile is a lower bound of the quantile of the latency, s: a sum is no quicker than one of its parts where all others are
// at their fastest.
func (w *way) quantile(q float64) float64 {
	most := 0.0
	for _, e := range w.parts {
		slowest := math.Inf(1)
		for _, t := range e.row {
			slowest = min(slowest, t.At(q))
		}
		most = max(most, slowest*e.by-e.least)
	}
	return (w.least + most) * 1e-9
}

// latency is a lower bound of an objective's metric, s. That of a mix of classes is no less than that of the fastest class.
func (b *bounds) latency(o *SLO) float64 {
	least, mean := math.Inf(1), 0.0
	for i := range b.ways {
		w := &b.ways[i]
		if o.Class != "" && o.Class != w.name {
			continue
		}
		if o.Metric == Mean {
			mean += w.weight * w.mean * 1e-9
			if o.Class != "" {
				return w.mean * 1e-9
			}
			continue
		}
		least = min(least, w.quantile(quantiles[o.Metric]))
	}
	if o.Metric == Mean {
		return mean
	}
	return least
}

// allows says that the bounds leave an objective possible, whatever the number of servers.
func (b *bounds) allows(slos []SLO) bool {
	for i := range slos {
		if o := &slos[i]; o.latency() && b.latency(o) > o.Limit {
			return false
		}
	}
	return true
}

// boundsOf works the bounds of a system out.
func boundsOf(sys *engine.System) *bounds {
	d := demand{sys: sys, pools: make([]float64, len(sys.Pools)), resources: make([]float64, len(sys.Resources))}
	total := 0.0
	for i := range sys.Classes {
		total += sys.Classes[i].Weight
	}
	b := &bounds{rps: math.Inf(1)}
	for c := range sys.Classes {
		class := &sys.Classes[c]
		items, least := 1.0, 1.0
		if class.Items != nil {
			items, least = class.Items.Mean(), float64(max(class.Items.Min(), 1))
		}
		share := class.Weight / total
		d.walk(0, c, share*items, 0)
		w := d.alone(0, c, least, 0)
		w.name, w.weight = class.Name, share
		b.ways = append(b.ways, w)
	}
	for i, busy := range d.pools {
		if p := &sys.Pools[i]; p.Workers > 0 && busy > 0 {
			b.rps = min(b.rps, float64(p.Workers)*1e9/busy)
		}
	}
	for i, work := range d.resources {
		if c := d.capacity(i); work > 0 {
			b.rps = min(b.rps, c*1e9/work)
		}
		b.watts += sys.Resources[i].IdleWatts
	}
	b.joules = d.joules * 1e-9
	return b
}

// demand is what a request of the mix takes of everything at least, in ns.
type demand struct {
	sys       *engine.System
	pools     []float64 // of the workers of each
	resources []float64 // of the capacity of each
	joules    float64   // nJ above idle
}

// deepest keeps ways through forks finite, whatever a route says.
const deepest = 64

// next is the node after one; a way ends beyond the last.
func (d *demand) next(at int) int {
	switch n := d.sys.Route[at].Next; {
	case n == engine.End:
		return len(d.sys.Route)
	case n > 0:
		return n
	}
	return at + 1
}

// walk adds what so many images of a class take from a node on, spread evenly over its pools.
func (d *demand) walk(at, class int, items float64, depth int) {
	for depth < deepest && at < len(d.sys.Route) {
		n := &d.sys.Route[at]
		for _, branch := range n.Fork {
			below := items
			if branch.Copies != nil {
				below *= branch.Copies.Mean()
			}
			d.walk(branch.First, class, below, depth+1)
		}
		pools := d.serving(n, class)
		for _, p := range pools {
			d.visit(p, class, items/float64(len(pools)))
		}
		at = d.next(at)
	}
}

func (d *demand) serving(n *engine.Node, class int) (out []int) {
	for _, p := range n.Pools {
		if c := d.sys.Pools[p].Classes; c == nil || slices.Contains(c, class) {
			out = append(out, p)
		}
	}
	return out
}

// visit adds what so many images take at a pool, in the batches that are best for each part.
func (d *demand) visit(pool, class int, items float64) {
	p := &d.sys.Pools[pool]
	if len(p.Steps) == 0 {
		return
	}
	most := 1
	for i := range p.Steps {
		most = max(most, len(p.Steps[i].Service.At[0]))
	}
	best := math.Inf(1)
	for b := 1; b <= most; b++ {
		sum := 0.0
		for i := range p.Steps {
			sum += d.ofBatch(&p.Steps[i], class, b)
		}
		best = min(best, sum/float64(b))
	}
	d.pools[pool] += items * best
	for i := range p.Steps {
		s := &p.Steps[i]
		each := math.Inf(1)
		for b := 1; b <= most; b++ {
			each = min(each, d.ofBatch(s, class, b)/float64(b))
		}
		width, watts := d.width(s)
		width, watts = width*float64(max(s.Threads, 1)), watts*float64(max(s.Threads, 1)) // each thread is a job
		for _, r := range s.Resource {
			d.resources[r] += items * each * width / float64(len(s.Resource))
		}
		d.joules += items * each * watts
	}
}

// ofBatch is the mean time of a step of a batch of n images alone, ns.
func (d *demand) ofBatch(s *engine.Step, class, n int) float64 {
	if s.Spilled {
		return 0
	}
	row := rowOf(s, class)
	if s.Service.PerItem {
		return float64(n) * row[0].Mean() / float64(s.AtOnce()) / d.speed(s)
	}
	return row[min(n, len(row))-1].Mean() / d.speed(s)
}

func rowOf(s *engine.Step, class int) []*random.Sampler {
	if len(s.Service.At) == 1 {
		return s.Service.At[0]
	}
	return s.Service.At[class]
}

// speed is that of the fastest resource that a step may run on.
func (d *demand) speed(s *engine.Step) float64 {
	most := 0.0
	for _, r := range s.Resource {
		speed := d.sys.Resources[r].Speed
		if speed == 0 {
			speed = 1
		}
		most = max(most, speed)
	}
	return most
}

// width is the least part of its resource's capacity that a step takes, and the least power; none where nothing says how
// much of the resource it takes.
func (d *demand) width(s *engine.Step) (width, watts float64) {
	width, watts = math.Inf(1), math.Inf(1)
	for _, r := range s.Resource {
		kinds := []int{s.Kind}
		if s.Kinds != nil {
			kinds = s.Kinds
		}
		for _, k := range kinds {
			kind := &d.sys.Resources[r].Kinds[k]
			w := kind.Width
			if w == 0 {
				w = 1
			}
			width = min(width, w)
			if d.sys.Resources[r].Capacity > 0 {
				watts = min(watts, w*kind.Watts)
			} else {
				watts = 0
			}
		}
	}
	return width, watts
}

// capacity is what a resource does at the most, in ns of work a ns.
func (d *demand) capacity(i int) float64 {
	r := &d.sys.Resources[i]
	c := math.Inf(1)
	if r.Capacity > 0 {
		c = r.Capacity
	}
	if r.Slots > 0 {
		widest := 1.0
		for _, k := range r.Kinds {
			widest = max(widest, k.Width)
		}
		c = min(c, float64(r.Slots)*widest)
	}
	if r.Capacity == 0 && r.Excess != nil {
		c = min(c, d.measured(i))
	}
	return c
}

// measured is the most that jobs do together that slow each other down as was measured: k of them, each at the speed that
// k-1 others leave it.
func (d *demand) measured(i int) float64 {
	r := &d.sys.Resources[i]
	workers := 0
	for p := range d.sys.Pools {
		pool := &d.sys.Pools[p]
		if !slices.ContainsFunc(pool.Steps, func(s engine.Step) bool { return slices.Contains(s.Resource, i) }) {
			continue
		}
		if pool.Workers == 0 {
			return math.Inf(1)
		}
		workers += pool.Workers
	}
	best := 1.0
	for k := 2; k <= min(workers, 1<<12); k++ {
		best = max(best, float64(k)/(1+leastExcess(r.Excess, float64(k-1))))
	}
	return best
}

// leastExcess is the least that so many others add to a job, whichever kinds they are of.
func leastExcess(table [][]engine.Curve, others float64) float64 {
	least := math.Inf(1)
	for i := range table {
		for _, c := range table[i] {
			kinds := float64(len(table[i]))
			least = min(least, at(c, others), kinds*at(c, others/kinds))
		}
	}
	return max(least, 0)
}

// at is a curve's value: linear from (0, 0) through its points, flat beyond.
func at(c engine.Curve, x float64) float64 {
	x0, y0 := 0.0, 0.0
	for _, p := range c {
		if x <= p.Neighbours {
			return y0 + (p.Excess-y0)*(x-x0)/(p.Neighbours-x0)
		}
		x0, y0 = p.Neighbours, p.Excess
	}
	return y0
}

// alone is the way of a request of so many images from a node on. Of branches it takes the one that is longest at its
// fastest.
func (d *demand) alone(at, class int, items float64, depth int) (w way) {
	for depth < deepest && at < len(d.sys.Route) {
		n := &d.sys.Route[at]
		var longest way
		for _, branch := range n.Fork {
			below := items
			if branch.Copies != nil {
				if branch.Copies.Min() == 0 {
					continue
				}
				below = 1
			}
			if other := d.alone(branch.First, class, below, depth+1); other.least > longest.least || longest.least == 0 {
				longest = other
			}
		}
		w.add(&longest)
		var quickest way
		for i, p := range d.serving(n, class) {
			if v := d.stay(p, class, items); i == 0 || v.least < quickest.least {
				quickest = v
			}
		}
		w.add(&quickest)
		at = d.next(at)
	}
	return w
}

func (w *way) add(o *way) {
	w.mean += o.mean
	w.least += o.least
	w.parts = append(w.parts, o.parts...)
}

// fewestDeviations below the mean is where jitter's factors end, for all that a bound needs.
const fewestDeviations = 4

// stay is what a request takes at a pool, whatever else is in its batch.
func (d *demand) stay(pool, class int, items float64) (w way) {
	for i := range d.sys.Pools[pool].Steps {
		s := &d.sys.Pools[pool].Steps[i]
		if s.Spilled {
			continue
		}
		times, row := 1.0, rowOf(s, class)
		if s.Service.PerItem {
			times, row = math.Ceil(items/float64(s.AtOnce())), row[:1]
		}
		quickest := row[0]
		mean := math.Inf(1)
		for _, t := range row {
			if t.At(0) < quickest.At(0) {
				quickest = t
			}
			mean = min(mean, t.Mean())
		}
		slack := max(1-fewestDeviations*s.Jitter, 0) / d.speed(s)
		least := quickest.At(0) * slack
		w.mean += times * mean / d.speed(s)
		w.least += times * least
		if _, constant := quickest.Constant(); !constant {
			w.parts = append(w.parts, excess{row: row, by: slack, least: least})
		}
	}
	return w
}
