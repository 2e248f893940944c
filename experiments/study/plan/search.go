package plan

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sort"
	"strconv"

	"vsim/sim"
	"vsim/sim/report"
	"vsim/sim/scenario"
)

// node is a variant, or a family of them that is not taken apart yet, with what is known of the sizes that do.
type node struct {
	family *family
	v      *variant // of a family: the member that bounds allow most
	whole  bool     // the family
	lo     int      // the largest index of a size that is known not to do, -1 for none
	hi     int      // the smallest of one that does, as far as a short simulation shows; -1 for none
	step   int      // to the next size to try
	key    float64  // the least that it can have of what is to be least
	score  float64  // the smaller, the more likely it does
}

// candidate is a variant of a size that holds.
type candidate struct {
	v    *variant
	size size
	p    *sim.Prediction
	has  float64 // of what is to be least
}

// open makes the nodes of all families.
func (s *search) open() error {
	for _, o := range s.machines {
		families, err := s.families(o)
		if err != nil {
			return err
		}
		before, fault := len(s.nodes), s.faults
		s.faults = nil
		for _, f := range families {
			s.addFamily(f)
		}
		if len(s.nodes) == before && s.faults != nil {
			s.leftOut = append(s.leftOut, o.name+": "+firstLine(s.faults))
		}
		if fault != nil {
			s.faults = fault
		}
	}
	if s.screens == 0 && s.faults != nil {
		return s.faults // nothing can be: the input is wrong
	}
	return nil
}

// addFamily adds the node of a family, of which some member can be.
func (s *search) addFamily(f *family) {
	for len(f.members) > 0 {
		v := f.members[0]
		if s.boundsOf(v, v.offer.sizes[0]) != nil {
			s.push(&node{family: f, v: v, whole: true, lo: s.tooSmall(v), hi: -1})
			return
		}
		alike := func(o *variant) bool {
			return o.of(batchKey) == v.of(batchKey) && o.of(instancesKey) == v.of(instancesKey)
		}
		for len(f.members) > 0 && alike(f.members[0]) {
			f.members = f.members[1:]
		}
	}
}

// boundsOf gives a variant's bounds of a size, nil where it cannot be built. Of servers that share nothing it is one's.
func (s *search) boundsOf(v *variant, z size) *bounds {
	if v.offer.linear {
		z.servers = 1
	}
	if b, ok := v.known[z]; ok {
		return b
	}
	v.known[z] = nil
	built, err := sim.Compile(s.source(v, z, s.rps))
	if err != nil {
		s.faults = err
		return nil
	}
	s.screens++
	v.known[z] = boundsOf(built.System)
	return v.known[z]
}

// capacity is a bound of the rate that a variant of a size can serve.
func (s *search) capacity(v *variant, z size) float64 {
	b := s.boundsOf(v, z)
	if b == nil {
		return 0
	}
	if v.offer.linear {
		return b.rps * float64(z.servers)
	}
	return b.rps
}

// tooSmall is the largest index of a size that cannot carry the load by its bounds, -1 for none.
func (s *search) tooSmall(v *variant) int {
	if s.traffic.ends {
		return -1
	}
	return s.below(v, s.rps) - 1
}

// below is the smallest index of a size with more than a capacity. It doubles its steps, as large systems take long to build.
func (s *search) below(v *variant, rps float64) int {
	sizes := v.offer.sizes
	fits := func(i int) bool { return s.capacity(v, sizes[i]) > rps }
	from, to := 0, 1
	for to < len(sizes) && !fits(to-1) {
		from, to = to, 2*to
	}
	to = min(to, len(sizes))
	return from + sort.Search(to-from, func(i int) bool { return fits(from + i) })
}

// push adds a node, unless there is no size left that may do, or its bounds rule it out.
func (s *search) push(n *node) {
	if n.lo+1 >= len(n.v.offer.sizes) {
		return
	}
	z := n.v.offer.sizes[n.lo+1]
	b := s.boundsOf(n.v, z)
	if b == nil || !b.allows(s.slos) {
		return
	}
	n.key = s.atLeast(n.v, z, b)
	n.score = s.score(n.v, z)
	s.nodes = append(s.nodes, n)
}

// atLeast is the least that a size can have of what is to be least.
func (s *search) atLeast(v *variant, z size, b *bounds) float64 {
	if s.q.Least != LeastEnergy {
		return v.cost(z, s.priced)
	}
	watts := b.watts
	if v.offer.linear {
		watts *= float64(z.servers)
	}
	return b.joules + watts/s.rps
}

// score orders candidates of one price: those with room first, then short delays, two instances, and small batches.
func (s *search) score(v *variant, z size) float64 {
	const bins = 20
	out := math.Floor(bins*s.rps/s.capacity(v, z)) / bins
	if d, err := scenario.ParseDuration(v.of(delayKey)); err == nil {
		out += 0.01 * d.Seconds() / 1e-3
	}
	if n, err := strconv.Atoi(v.of(instancesKey)); err == nil {
		out += 0.002 * math.Abs(math.Log2(float64(n))-1)
	}
	if n, err := strconv.Atoi(v.of(batchKey)); err == nil {
		out += 0.0001 * math.Log2(float64(n))
	}
	return out
}

// pop takes the node out that can be the best; nil where there is none of an offer that is wanted.
func (s *search) pop(wanted func(*offer) bool) *node {
	best := -1
	for i, n := range s.nodes {
		if wanted != nil && !wanted(n.v.offer) {
			continue
		}
		if best < 0 || n.key < s.nodes[best].key || n.key == s.nodes[best].key && n.score < s.nodes[best].score {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	n := s.nodes[best]
	s.nodes = append(s.nodes[:best], s.nodes[best+1:]...)
	return n
}

// mostRuns is how many simulations a search makes at the most.
const mostRuns = 5000

// cheapest is the best candidate among the offers that are wanted (nil: all), nil where none holds.
func (s *search) cheapest(ctx context.Context, wanted func(*offer) bool) (best *candidate, err error) {
	for s.runs < mostRuns {
		n := s.pop(wanted)
		if n == nil {
			break
		}
		if best != nil && n.key >= best.has {
			s.nodes = append(s.nodes, n)
			break
		}
		found, err := s.look(ctx, n)
		if err != nil {
			return nil, err
		}
		if found != nil && (best == nil || found.has < best.has) {
			best = found
		}
	}
	return best, nil
}

// look learns more of a node: takes a family apart, tries a size, or verifies the smallest that does.
func (s *search) look(ctx context.Context, n *node) (*candidate, error) {
	if n.whole {
		for _, v := range n.family.members {
			if s.boundsOf(v, v.offer.sizes[0]) != nil {
				s.push(&node{family: n.family, v: v, lo: max(s.tooSmall(v), n.lo), hi: -1})
			}
		}
		return nil, nil
	}
	if lo := n.family.saturated(s, n.v); lo > n.lo {
		n.lo = lo
		if n.hi <= n.lo {
			n.hi = -1
		}
		s.push(n)
		return nil, nil
	}
	if n.hi < 0 || n.hi > n.lo+1 {
		return nil, s.try(ctx, n)
	}
	z := n.v.offer.sizes[n.hi]
	p, holds, err := s.verify(ctx, n.v, z)
	if err != nil {
		return nil, err
	}
	c := &candidate{v: n.v, size: z, p: p, has: n.v.cost(z, s.priced)}
	if s.q.Least == LeastEnergy {
		c.has = energyOf(p).Value
		holds = holds && !math.IsNaN(c.has)
	}
	if holds {
		return c, nil
	}
	n.lo, n.hi = n.hi, -1
	s.push(n)
	return nil, nil
}

// idle is the part of its bounded capacity below which a size that fails does so whatever waits: more of it does not help.
const idle = 0.1

// try simulates a size between the largest that does not do and the smallest that does, or beyond.
func (s *search) try(ctx context.Context, n *node) error {
	sizes := n.v.offer.sizes
	at := (n.lo + n.hi) / 2
	if n.hi < 0 {
		at = min(n.lo+max(n.step, 1), len(sizes)-1)
		n.step = max(2*n.step, (n.lo+1)/16, 1)
	}
	p, err := s.simulate(ctx, n.v, sizes[at], s.rps, quick)
	if err != nil {
		return err
	}
	if v := judge(p, s.slos); !v.fails() {
		n.hi = at
		s.push(n)
		return nil
	}
	n.lo = at
	switch {
	case overloaded(p):
		n.family.saturate(s, n.v, at)
		n.lo = max(n.lo, s.carriedBy(n.v, at, p))
		if n.hi >= 0 && n.hi <= n.lo {
			n.hi = -1
		}
	case !s.traffic.ends && s.rps < idle*s.capacity(n.v, sizes[at]):
		return nil
	}
	s.push(n)
	return nil
}

// carriedBy is the largest index of a size that cannot carry the load, as an overloaded one shows: as many times as many
// servers that share nothing carry as many times as much.
func (s *search) carriedBy(v *variant, at int, p *sim.Prediction) int {
	sizes := v.offer.sizes
	each := p.ThroughputRPS.High / float64(sizes[at].servers)
	if !v.offer.linear || !(each > 0) {
		return at
	}
	for at+1 < len(sizes) && sizes[at+1].units == sizes[at].units && each*float64(sizes[at+1].servers) < s.rps {
		at++
	}
	return at
}

// saturate notes that a variant is overloaded up to the size of an index.
func (f *family) saturate(s *search, v *variant, index int) {
	f.full = append(f.full, saturation{v.of(instancesKey), s.boundsOf(v, v.offer.sizes[0]).rps, index})
}

// saturated is the largest index of a size at which a variant is overloaded as a better one is, -1 for none.
func (f *family) saturated(s *search, v *variant) int {
	out := -1
	for _, full := range f.full {
		if full.instances == v.of(instancesKey) && s.boundsOf(v, v.offer.sizes[0]).rps <= full.rps {
			out = max(out, full.index)
		}
	}
	return out
}

// Of the first candidate that holds: how busy it may be by its bounds, and how many are tried.
var (
	relaxed    = []float64{0.65, 0.4}
	earlyTries = 4
)

// early finds some candidate that holds, soon, for who waits. It takes the cheapest by their bounds, with room.
func (s *search) early(ctx context.Context) error {
	type start struct {
		v    *variant
		size size
		cost float64
	}
	for _, busy := range relaxed {
		var starts []start
		for _, n := range s.nodes {
			v := n.family.likely()
			if i := s.below(v, s.rps/busy); i < len(v.offer.sizes) {
				starts = append(starts, start{v, v.offer.sizes[i], v.cost(v.offer.sizes[i], s.priced)})
			}
		}
		sort.SliceStable(starts, func(i, k int) bool { return starts[i].cost < starts[k].cost })
		for _, c := range starts[:min(len(starts), earlyTries)] {
			p, err := s.simulate(ctx, c.v, c.size, s.rps, quick)
			if err != nil {
				return err
			}
			if judge(p, s.slos).holds() {
				s.firstS = s.elapsed()
				s.progress("first that holds, after " + report.Span(s.firstS) + ": " + s.describe(c.v, c.size) + "; looking for less")
				return nil
			}
		}
	}
	return nil
}

// likely is the member of a family that is worth trying first: two instances, batches of 32, no delay, or what is nearest.
func (f *family) likely() *variant {
	far := func(v *variant) (sum float64) {
		for key, log2 := range map[string]float64{instancesKey: 1, batchKey: 5} {
			if n, err := strconv.Atoi(v.of(key)); err == nil {
				sum += math.Abs(math.Log2(float64(n)) - log2)
			}
		}
		if d, err := scenario.ParseDuration(v.of(delayKey)); err == nil {
			sum += d.Seconds()
		}
		return sum
	}
	return slices.MinFunc(f.members, func(a, b *variant) int { return cmp.Compare(far(a), far(b)) })
}
