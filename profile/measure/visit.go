package measure

import (
	"slices"
	"sort"

	"gonum.org/v1/gonum/floats"

	"vsim/profile/measure/machine"
	"vsim/sim/engine/stats"
)

// maxOthers is how many cores other processes may use during a visit.
const maxOthers = 0.1

// visit is what one visit to a point gave: by part the spans alone and, for a contention point, beside
// its neighbours.
type visit struct {
	alone, beside Burst
	use           machine.Use // of the machine by others
	busy          bool        // others used too much of it
	cause         string      // what disturbed the target, "" for nothing
	slow          bool        // the machine was slower than usual
	quiet         bool        // none of these disturbed the visit
}

// judge says whether others used few enough cores during the visit, at most allowed, or at most maxOthers and what the
// system's resolution cannot tell from it, nothing disturbed the target, and the machine was as fast as usual.
func (v *visit) judge(use machine.Use, allowed float64, cause string, slow bool) {
	v.use, v.cause = use, cause
	v.busy = use.Known && use.Others > max(allowed, maxOthers+float64(machine.Resolution)/float64(use.Elapsed))
	v.slow = slow && !v.busy // else it is known who made it slow
	v.quiet = !v.busy && cause == "" && !slow
}

// seen says that what disturbed the visit was seen.
func (v *visit) seen() bool { return v.busy || v.cause != "" }

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
		return !va.quiet && va.use.Others < vb.use.Others
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
func mean(visits []visit, part int) stats.Interval {
	var sums, counts []float64
	for _, v := range visits {
		sums = append(sums, floats.Sum(v.alone[part]))
		counts = append(counts, float64(len(v.alone[part])))
	}
	return ratio(sums, counts)
}
