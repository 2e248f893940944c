package measure

import (
	"context"
	"time"

	"gonum.org/v1/gonum/stat"

	"vsim/profile"
	"vsim/sim/engine/stats"
)

// Rested is a point's work done one job at a time, each after its workers have been idle.
type Rested struct {
	Chain // its parts are those of the point's own chain, and then the idle times
	// Idle is, for each part of the point's own chain, the part of Chain that holds how long its worker had been idle.
	Idle []int
	// Next is, for each of them, the part of Chain that holds what the job right after took; nil, or 0 for a part: not measured.
	Next []int
	// After is, for each of those parts, the model that the worker has run in between; nil: none.
	After []string
	// AfterBatch is, for each of them, the size of the batch that the worker has inferred right before; nil: of the same.
	AfterBatch []int
	// Beside is, for each of them, the model that another worker ran meanwhile; nil: none.
	Beside []string
}

// fewRested is the least number of jobs of a visit, however long the pauses.
const fewRested = 4

// afterIdle is what a profile says of a part of a rested point: the mean difference to the point's own chain, visit by visit, so
// that a drift of the machine cancels.
func afterIdle(p *Point, key profile.Key, part int, used []visit) profile.AfterIdle {
	a := profile.AfterIdle{Key: key}
	if p.Rested.After != nil {
		a.AfterModel = p.Rested.After[part]
	}
	if p.Rested.AfterBatch != nil {
		a.AfterBatch = p.Rested.AfterBatch[part]
	}
	if p.Rested.Beside != nil {
		a.BesideModel = p.Rested.Beside[part]
	}
	var idle, base []float64
	for _, v := range used {
		idle = append(idle, v.beside[p.Rested.Idle[part]]...)
		base = append(base, stat.Mean(v.alone[part], nil))
		a.N += len(v.beside[part])
	}
	a.IdleNs, a.BaseNs = stat.Mean(idle, nil), stat.Mean(base, nil)
	a.ExtraNs, a.ExtraCI95Ns = rounded(extra(used, part), 1)
	if p.Rested.Next != nil && p.Rested.Next[part] > 0 {
		next, _ := rounded(longer(used, part, p.Rested.Next[part]), 1)
		a.NextExtraNs = next
	}
	if len(used) < 2 {
		a.Warnings = append(a.Warnings, "one burst: the interval is unknown and left at zero")
	}
	if w := disturbance(p.visits, used); w != "" {
		a.Warnings = append(a.Warnings, w)
	}
	return a
}

// extra is by how much a part takes longer after a pause, ns, with its 95 % interval over the visits.
func extra(visits []visit, part int) stats.Interval { return longer(visits, part, part) }

// longer is by how much a part of the rested chain takes longer than one of the point's own.
func longer(visits []visit, part, rested int) stats.Interval {
	var d, ones []float64
	for _, v := range visits {
		d, ones = append(d, stat.Mean(v.beside[rested], nil)-stat.Mean(v.alone[part], nil)), append(ones, 1)
	}
	return ratio(d, ones)
}

// few does jobs for d, a few at least.
func (r *Rested) few(ctx context.Context, d time.Duration) (Burst, error) {
	b := make(Burst, len(r.Keys))
	if _, err := r.repeat(ctx, nil, 0); err != nil { // whatever was idle before was so for another time
		return nil, err
	}
	for n, end := 0, Now()+d; n < fewRested || Now() < end; n++ {
		if _, err := r.repeat(ctx, &b, 0); err != nil {
			return nil, err
		}
	}
	return b, nil
}
