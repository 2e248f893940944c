package measure

import (
	"slices"
	"sort"
	"time"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"vsim/profile/measure/machine"
)

const (
	minVisits = 8   // before a point can be precise enough
	maxOthers = 0.1 // cores that other processes may use during a visit
)

// visit is what one visit to a point gave: by part the spans alone and, for a contention point, beside
// its neighbours.
type visit struct {
	alone, beside burst
	others        float64 // cores that other processes used
	quiet         bool    // others is at most maxOthers, as far as the system's resolution tells, and so is the GPU
	gpu           string  // what disturbed the GPU, "" for nothing
}

// judge notes what others did during the visit.
func (v *visit) judge(w machine.Watch) {
	cores, elapsed, known := w.Others()
	v.others = cores
	v.quiet = !known || cores <= maxOthers+float64(machine.Resolution)/float64(elapsed)
}

// usable are the quiet visits in the order of time. Where those are fewer than minVisits, the least
// disturbed of the others fill up: a figure with a warning is better than none.
func usable(visits []visit) []visit {
	order := make([]int, len(visits))
	quiet := 0
	for i, v := range visits {
		order[i] = i
		if v.quiet {
			quiet++
		}
	}
	sort.SliceStable(order, func(a, b int) bool {
		va, vb := visits[order[a]], visits[order[b]]
		if va.quiet != vb.quiet {
			return va.quiet
		}
		return !va.quiet && va.others < vb.others
	})
	order = order[:min(len(order), max(quiet, minVisits))]
	slices.Sort(order)
	out := make([]visit, len(order))
	for i, o := range order {
		out[i] = visits[o]
	}
	return out
}

// mean of a part's spans alone, in ns.
func mean(visits []visit, part int) estimate {
	var sums, counts []float64
	for _, v := range visits {
		sums = append(sums, floats.Sum(v.alone[part]))
		counts = append(counts, float64(len(v.alone[part])))
	}
	return ratio(sums, counts)
}

// slowdown of a part beside the neighbours, of the middle half of its spans: one interruption of
// milliseconds would outweigh all else in a burst of microseconds, on either side of the ratio. (Rare
// interruptions are in the distribution of the stage alone.)
func slowdown(visits []visit, part int) estimate {
	var beside, alone []float64
	for _, v := range visits {
		beside = append(beside, middleMean(v.beside[part]))
		alone = append(alone, middleMean(v.alone[part]))
	}
	return ratio(beside, alone)
}

// middleMean is the mean without the lowest and the highest quarter (interquartile mean); of fewer than
// four values it is the mean.
func middleMean(x []float64) float64 {
	sorted := slices.Sorted(slices.Values(x))
	cut := len(sorted) / 4
	return stat.Mean(sorted[cut:len(sorted)-cut], nil)
}

// point is one thing that is measured: a chain, alone or beside k neighbours.
type point struct {
	name   string
	chain  *chain
	crew   *crew // nil: alone
	k      int
	visits []visit
	spent  time.Duration
	worst  float64 // widest relative half-width of the parts' intervals
	fixed  bool    // precise enough, or at the end of its budget
}

// assess works out whether the point is done.
func (p *point) assess(precision float64, budget time.Duration) {
	used := usable(p.visits)
	p.worst = 0
	samples := 0
	for part := range p.chain.keys {
		e := mean(used, part)
		if p.crew != nil {
			e = slowdown(used, part)
		}
		p.worst = max(p.worst, e.relative())
	}
	for _, v := range used {
		samples += len(v.alone[0])
	}
	quiet := 0
	for _, v := range used {
		if v.quiet {
			quiet++
		}
	}
	precise := quiet >= minVisits && p.worst <= precision
	p.fixed = precise || samples >= maxSamples || budget > 0 && p.spent >= budget
}

// maxSamples of a point are kept; more are not taken.
const maxSamples = 100_000
