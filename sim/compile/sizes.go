package compile

import (
	"math"
	"slices"

	"vsim/profile"
)

// sizes are the batches that are of one kind of jobs: from, to, and the one by which their slow-downs are looked up.
// Zero sizes are all, where slow-downs do not depend on them.
type sizes struct{ from, to, at int }

// split makes kinds of their own of the batches of different sizes whose slow-downs differ. The simulator tells few
// kinds apart: where there are more sizes than that, neighbouring ones are one kind, those in its middle speaking for it.
func (b *builder) split(d *device) {
	if d.bridged() || d.spec.Type == "memory" {
		return
	}
	steps := b.stepsOn(d)
	known, run := make([][]int, len(d.kinds)), make([][]int, len(d.kinds))
	for i := range d.kinds {
		known[i] = d.knownBatches(i)
	}
	for _, s := range steps {
		run[s.kind] = append(run[s.kind], s.runs...)
	}
	room, several := maxKinds, 0
	for i := range d.kinds {
		if run[i] = distinct(run[i]); len(known[i]) > 1 && len(run[i]) > 1 {
			several++
		} else {
			room--
		}
	}
	var kinds []jobKind
	of := make([]map[int]int, len(d.kinds)) // by kind so far, and size: the new kind
	for i, kind := range d.kinds {
		of[i] = map[int]int{}
		groups := [][]int{run[i]}
		if several > 0 && len(known[i]) > 1 && len(run[i]) > 1 {
			groups = grouped(run[i], known[i][0], known[i][len(known[i])-1], min(max(room/several, 1), maxSizes))
		}
		for _, group := range groups {
			if len(known[i]) > 0 && len(group) > 0 {
				kind.sizes = sizes{group[0], group[len(group)-1], speaker(group, known[i])}
			}
			if len(groups) > 1 {
				kind.group = i + 1
			}
			for _, size := range group {
				of[i][size] = len(kinds)
			}
			kinds = append(kinds, kind)
		}
	}
	for _, s := range steps {
		base := s.kind
		s.kind, s.kinds = of[base][s.runs[0]], nil
		for _, size := range s.runs {
			s.kinds = append(s.kinds, of[base][size])
		}
		if len(distinct(s.kinds)) == 1 {
			s.kinds = nil
		}
	}
	d.kinds = kinds
}

// maxSizes is how many kinds the batches of a stage become at most. Fewer kinds are simulated faster; with six from 1 to
// 64 a batch is at most by a factor of 1.5 from the one that speaks for it.
const maxSizes = 6

// stepsOn lists the steps that run on a device, and notes the sizes at which they run batches of 1, 2, ...
func (b *builder) stepsOn(d *device) (out []*plannedStep) {
	for i := range b.plans {
		p := &b.plans[i]
		for k := range p.steps {
			s := &p.steps[k]
			if s.device != d {
				continue
			}
			if s.runs = b.sizesOf(p, s); len(s.runs) == 0 {
				s.runs = []int{1}
			}
			if copies := b.fan(s); copies != nil { // the simulator does not tell their batches apart
				s.runs = []int{min(max(int(math.Round(copies.Mean())), 1), len(s.runs))}
			}
			if s.Each && !b.inBatches(s) {
				s.runs = slices.Repeat([]int{1}, len(s.runs)) // one by one
			}
			out = append(out, s)
		}
	}
	return out
}

// knownBatches are those at which something is known of a kind's jobs, or of others beside them, ascending.
func (d *device) knownBatches(i int) (out []int) {
	for j := range d.kinds {
		out = append(out, profile.Batches(d.source.of(&d.kinds[i], &d.kinds[j]), false)...)
		out = append(out, profile.Batches(d.source.of(&d.kinds[j], &d.kinds[i]), true)...)
	}
	return distinct(out)
}

func distinct(list []int) []int {
	out := slices.Clone(list)
	slices.Sort(out)
	return slices.Compact(out)
}

// grouped puts sizes together into at most so many groups: those up to low, those from high on, and between them by
// steps of equal ratios.
func grouped(all []int, low, high, most int) (out [][]int) {
	within := distinct(clamped(all, low, high))
	last := -1
	for _, size := range all {
		place := slices.Index(within, min(max(size, low), high))
		if len(within) > most {
			place = int(math.Round(float64(most-1) * logRatio(within[0], within[place]) / logRatio(within[0], within[len(within)-1])))
		}
		if place != last {
			out = append(out, nil)
		}
		last = place
		out[len(out)-1] = append(out[len(out)-1], size)
	}
	return out
}

func clamped(all []int, low, high int) (out []int) {
	for _, n := range all {
		out = append(out, min(max(n, low), high))
	}
	return out
}

func logRatio(from, to int) float64 { return math.Log(float64(to) / float64(from)) }

// speaker is the size by which a group's slow-downs are looked up: a known one if there is one, else the one in
// the middle of its ends.
func speaker(group, known []int) int {
	within := clamped(group, known[0], known[len(known)-1])
	for _, k := range known {
		if slices.Contains(within, k) {
			return k
		}
	}
	return int(math.Round(math.Sqrt(float64(within[0]) * float64(within[len(within)-1]))))
}
