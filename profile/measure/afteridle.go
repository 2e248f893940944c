package measure

import (
	"context"
	"math"
	"time"

	"gonum.org/v1/gonum/floats/scalar"
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
	// BesideStage is, for each of them, the stage that another worker was at when the job began; nil: none.
	BesideStage []string
	// BesideIdle is the part of Chain that holds how idle that one had been lately, 0 to 1; 0: not measured.
	BesideIdle int
}

// fewRested is the least number of jobs of a visit, however long the pauses.
const fewRested = 4

// afterIdle is what a profile says of a part of a rested point: the mean difference to the point's own chain, visit by visit, so
// that a drift of the machine cancels; ok is false where nothing was kept of it.
func afterIdle(p *Point, key profile.Key, part int, used []visit) (a profile.AfterIdle, ok bool) {
	if used = withSpans(used, part, part); len(used) == 0 {
		return a, false
	}
	a.Key = key
	if p.Rested.After != nil {
		a.AfterModel = p.Rested.After[part]
	}
	if p.Rested.AfterBatch != nil {
		a.AfterBatch = p.Rested.AfterBatch[part]
	}
	if p.Rested.Beside != nil {
		a.BesideModel = p.Rested.Beside[part]
	}
	if p.Rested.BesideStage != nil {
		a.BesideStage = p.Rested.BesideStage[part]
	}
	var idle, base, besideIdle []float64
	for _, v := range used {
		idle = append(idle, v.beside[p.Rested.Idle[part]]...)
		base = append(base, stat.Mean(v.alone[part], nil))
		if at := p.Rested.BesideIdle; at > 0 {
			besideIdle = append(besideIdle, v.beside[at]...)
		}
		a.N += len(v.beside[part])
	}
	a.IdleNs, a.BaseNs = stat.Mean(idle, nil), stat.Mean(base, nil)
	if besideIdle != nil {
		a.BesideIdle = scalar.Round(stat.Mean(besideIdle, nil), 4)
	}
	a.ExtraNs, a.ExtraCI95Ns = rounded(extra(used, part), 1)
	a.ExtraSDNs = scalar.Round(math.Sqrt(max(within(used, part, rested)-within(used, part, alone), 0)), 1)
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
	return a, true
}

// withSpans are the visits that have spans of a part without a pause, and of one of the rested chain: a job that came at another moment than was
// wanted is not kept.
func withSpans(visits []visit, part, rested int) (out []visit) {
	for _, v := range visits {
		if len(v.alone[part]) > 0 && len(v.beside[rested]) > 0 {
			out = append(out, v)
		}
	}
	return out
}

// extra is by how much a part takes longer after a pause, ns, with its 95 % interval over the visits.
func extra(visits []visit, part int) stats.Interval { return longer(visits, part, part) }

// longer is by how much a part of the rested chain takes longer than one of the point's own.
func longer(visits []visit, part, rested int) stats.Interval {
	var d, ones []float64
	for _, v := range withSpans(visits, part, rested) {
		d, ones = append(d, stat.Mean(v.beside[rested], nil)-stat.Mean(v.alone[part], nil)), append(ones, 1)
	}
	if d == nil {
		return stats.Interval{Low: math.Inf(-1), High: math.Inf(1)}
	}
	return ratio(d, ones)
}

// alone and rested are what a visit gave of a rested point: without a pause and after one.
func alone(v *visit) Burst  { return v.alone }
func rested(v *visit) Burst { return v.beside }

// within is the variance of a part's spans about the mean of their visit, ns2.
func within(visits []visit, part int, of func(*visit) Burst) float64 {
	squares, free := 0.0, 0.0
	for i := range visits {
		if spans := of(&visits[i])[part]; len(spans) > 1 {
			squares += stat.Variance(spans, nil) * float64(len(spans)-1)
			free += float64(len(spans) - 1)
		}
	}
	return squares / max(free, 1)
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
