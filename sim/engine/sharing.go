package engine

import (
	"math"
	"slices"
)

// law is a Resource's sharing law made ready to be evaluated: the speed of every kind of job for the
// numbers of jobs that are worked on. A job alone has speed 1, an absent kind 0.
//
// Of its width a job of kind i gets the share
//
//	s_i = min(1, Limit_i / W_i, level)
//
// where W_i is the total width of the jobs of kind i, and level is such that the capacity is used up or
// everybody is content: B = sum over i of W_i s_i = min(Capacity, sum over i of min(W_i, Limit_i)). This
// is max-min fairness weighted by width, a job of width 2 counting as two of width 1, on a tree of two
// levels: each kind's own link below the one that all share. (Bertsekas and Gallager 1992, Data Networks,
// 2nd edition, 6.5.2; Radunovic and Le Boudec 2007, IEEE/ACM Transactions on Networking 15(5), 1073-1083.)
//
// What neighbours cost comes on top: the speed is s_i / (1 + sum over j of Excess[i][j](m_j)). While the
// job runs, B-1 of the B-s_i that the others keep busy on average are: m_j is (B-1)/(B-s_i) s_j times
// the width of the others of kind j. That is all of it when there is room for all, and (Capacity-1)/(W-1)
// of it when the only limit is the capacity. Kinds of one group are one crowd of neighbours of several sorts: each
// costs what a crowd of its own sort alone would, by its part of the crowd.
type law struct {
	capacity float64 // infinite where there is none
	inverse  float64 // 1/capacity: a multiplication takes a fifth of the time of a division
	width    []float64
	limit    []float64   // infinite where there is none
	limited  bool        // one of them can bind
	apart    bool        // kinds run at speeds of their own, because of their limits or neighbours
	excess   [][]Curve   // nil when neighbours cost nothing
	turns    [][]float64 // nil when jobs that take turns on a core cost each other nothing
	groups   [][]int     // by kind, those that count together with it as neighbours, itself among them
	watts    []float64   // of a job that gets all its width
	even     bool        // the kinds do not differ in width and power, and the width is 1
	memo     memo

	// For the mix of jobs that is worked out: by kind, the total width, the share of it that a job gets, and
	// the units of capacity that are busy.
	wide, share, running []float64
}

func newLaw(r *Resource) law {
	kinds := len(r.Kinds)
	l := law{capacity: orInfinite(r.Capacity) - r.Others}
	l.inverse = 1 / l.capacity
	if slows(r.Excess) {
		l.excess, l.groups = r.Excess, groups(r.Kinds)
	}
	l.turns = r.Turns
	l.even = true
	for _, k := range r.Kinds {
		width, limit := max(k.Width, 1), orInfinite(k.Limit)
		l.width = append(l.width, width)
		l.limit = append(l.limit, limit)
		l.watts = append(l.watts, width*k.Watts)
		l.even = l.even && width == 1 && k.Watts == r.Kinds[0].Watts
		l.limited = l.limited || limit < l.capacity // else the capacity binds first
	}
	l.apart = l.limited || l.excess != nil
	if l.apart {
		l.memo = newMemo()
		l.wide, l.share, l.running = make([]float64, kinds), make([]float64, kinds), make([]float64, kinds)
	}
	return l
}

// lawBook has the laws of a run's resources. Those that share alike have one in common, with what it remembers.
type lawBook struct {
	specs []*Resource
	laws  []*law
}

// lately is how many different laws back one is looked for.
const lately = 8

// of returns the law of a resource.
func (b *lawBook) of(spec *Resource) *law {
	for i := len(b.laws) - 1; i >= max(len(b.laws)-lately, 0); i-- {
		if shareAlike(spec, b.specs[i]) {
			return b.laws[i]
		}
	}
	l := spaced[law](1)
	l[0] = newLaw(spec)
	b.specs, b.laws = append(b.specs, spec), append(b.laws, &l[0])
	return &l[0]
}

// shareAlike says that two resources are shared by the same law: copies of one have their tables in common.
func shareAlike(a, b *Resource) bool {
	return a.Capacity == b.Capacity && a.Others == b.Others && slices.Equal(a.Kinds, b.Kinds) && len(a.Excess) == len(b.Excess) &&
		(len(a.Excess) == 0 || &a.Excess[0] == &b.Excess[0]) && len(a.Turns) == len(b.Turns) && (len(a.Turns) == 0 || &a.Turns[0] == &b.Turns[0])
}

// groups lists, by kind, the kinds of its group.
func groups(kinds []Kind) [][]int {
	out := make([][]int, len(kinds))
	for i, k := range kinds {
		for j, other := range kinds {
			if i == j || k.Group != 0 && k.Group == other.Group {
				out[i] = append(out[i], j)
			}
		}
	}
	return out
}

// orInfinite reads a bound of which 0 means that there is none.
func orInfinite(bound float64) float64 {
	if bound == 0 {
		return math.Inf(1)
	}
	return bound
}

// load returns the total width of jobs, and the power above idle that they take when they get all of it.
func (l *law) load(jobs *mix) (total, power float64) {
	if l.even {
		total = float64(jobs.all)
		return total, total * l.watts[0]
	}
	for k := range jobs.kinds {
		n := float64(jobs.kinds[k].n)
		total += float64(n * l.width[k]) // not fused, to be the same on every machine
		power += float64(n * l.watts[k])
	}
	return total, power
}

// alike returns the share of their total width that all jobs get where no kind has a speed of its own, how
// many times as long they take for it, and the part of the capacity that is busy, 0 to 1 (of an infinite
// one 1 whenever a job is present).
func (l *law) alike(total float64) (busy, share, stretch float64) {
	switch {
	case total > l.capacity:
		return 1, l.capacity / total, total * l.inverse
	case total > 0:
		return l.busy(total), 1, 1
	}
	return 0, 0, 1
}

// busy returns the part of the capacity that so many units of it are.
func (l *law) busy(units float64) float64 {
	if units > 0 && l.inverse == 0 {
		return 1
	}
	return min(units*l.inverse, 1) // rounding may exceed it
}

// paces returns the speeds of a mix of jobs, looked up or worked out.
func (l *law) paces(jobs *mix) *row {
	r, known := l.memo.find(jobs)
	if !known {
		l.fill(r, jobs)
	}
	return r
}

// fill works out a row for a mix of jobs.
func (l *law) fill(r *row, jobs *mix) {
	units := l.divide(jobs)
	r.busy, r.watts = l.busy(units), 0
	for i := range jobs.kinds {
		r.pace[i] = pace{}
		if count := jobs.kinds[i].n; count > 0 {
			stretch := (1 + max(l.slowdown(i, units), 0)) / l.share[i]
			r.pace[i] = pace{1 / stretch, stretch}
			r.watts += float64(float64(float64(count)*l.watts[i]) * l.share[i])
		}
	}
}

// divide shares the capacity out, and returns the units of it that are busy.
func (l *law) divide(jobs *mix) (units float64) {
	total := 0.0
	for i := range jobs.kinds {
		l.wide[i] = float64(float64(jobs.kinds[i].n) * l.width[i])
		total += l.wide[i]
	}
	level := l.level(total)
	for i, w := range l.wide {
		l.share[i] = min(level, l.limit[i]/w)
		l.running[i] = float64(w * l.share[i])
		units += l.running[i]
	}
	if level < 1 {
		return l.capacity // exactly
	}
	return units
}

// level is the share that jobs get unless their kind's limit is less: water filling. Kinds that are
// content with less leave the rest to the others, whose level rises, until no other becomes content.
func (l *law) level(total float64) float64 {
	level := min(1, l.capacity/total)
	for l.limited {
		left, open := l.capacity, 0.0
		for i, w := range l.wide {
			if l.limit[i] < level*w {
				left -= l.limit[i]
			} else {
				open += w
			}
		}
		if open == 0 {
			return 1
		}
		next := min(1, left/open)
		if next <= level {
			break
		}
		level = next
	}
	return level
}

// slowdown adds up what the neighbours of a kind-i job cost it, where so many units of capacity are busy.
func (l *law) slowdown(i int, units float64) (excess float64) {
	if l.excess == nil || units <= 1 {
		return 0 // nobody runs at the same moment
	}
	together := (units - 1) / (units - l.share[i])
	for j, c := range l.excess[i] {
		running := l.beside(i, j)
		if running <= 0 {
			continue
		}
		crowd := 0.0
		for _, k := range l.groups[j] {
			crowd += l.beside(i, k)
		}
		excess += float64(running / crowd * c.at(crowd*together))
	}
	return excess
}

// beside returns the units that the jobs of kind j keep busy but a job of kind i, which is no neighbour of its own.
func (l *law) beside(i, j int) float64 {
	if j == i {
		return l.running[j] - float64(l.width[i]*l.share[i])
	}
	return l.running[j]
}

// at evaluates the curve for a number of neighbours that need not be whole.
func (c Curve) at(neighbours float64) float64 {
	var last CurvePoint
	for _, p := range c {
		if neighbours <= p.Neighbours {
			return last.Excess + (p.Excess-last.Excess)*(neighbours-last.Neighbours)/(p.Neighbours-last.Neighbours)
		}
		last = p
	}
	return last.Excess
}

// slows says whether there are neighbours that cost anything.
func slows(excess [][]Curve) bool {
	for _, row := range excess {
		for _, c := range row {
			for _, p := range c {
				if p.Excess != 0 {
					return true
				}
			}
		}
	}
	return false
}
