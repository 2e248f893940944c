package validate

import (
	"context"
	"fmt"
	"time"

	"vsim/experiments/load"
	"vsim/profile/measure"
)

// attempt is a live run that can be compared, and how disturbed it was. None of that depends on what was measured of the server.
type attempt struct {
	result    *load.Result
	others    float64 // cores that other processes used
	reference float64 // what the reference job took meanwhile, ns; 0 where that is not known
}

// mostAttempts is how often a live run is tried.
const mostAttempts = 3

// quieter says that an attempt is less disturbed than another: others may take so many cores, and the machine is as fast as can be.
func (a *attempt) quieter(than *attempt, allowed float64) bool {
	if fine := a.others <= allowed; fine != (than.others <= allowed) || !fine || a.reference == 0 || than.reference == 0 {
		return a.others < than.others
	}
	return a.reference < than.reference
}

// slowness is how many times as long as so many ns the reference job took, 1 where that is not known.
func (a *attempt) slowness(ns float64) float64 {
	if a.reference == 0 || ns == 0 {
		return 1
	}
	return a.reference / ns
}

// tries notes an attempt.
func (v *validation) tries(r liveRun, a attempt) {
	v.tried[r] = append(v.tried[r], a)
	v.settle(r.c)
}

// best is the least disturbed attempt at a live run, nil where there is none.
func (v *validation) best(r liveRun) (best *attempt) {
	all := v.tried[r]
	for i := range all {
		if a := &all[i]; best == nil || a.quieter(best, allowed(r.c)) {
			best = a
		}
	}
	return best
}

// quietest is what the reference job took in the quietest live run of a case, ns; 0 where that is not known, and on a server with a GPU,
// whose work it does not feel.
func (v *validation) quietest(c *Case) (least float64) {
	if onGPU(c.Scenario) {
		return 0
	}
	for round := range v.opt.Rounds {
		if a := v.best(liveRun{c, round}); a != nil && a.reference > 0 && (least == 0 || a.reference < least) {
			least = a.reference
		}
	}
	return least
}

// settle takes as results of a case the least disturbed attempt of each round, and leaves out rounds in which the machine was slower.
func (v *validation) settle(c *Case) {
	quietest := v.quietest(c)
	v.results[c], v.leftOut[c] = nil, 0
	for round := range v.opt.Rounds {
		switch a := v.best(liveRun{c, round}); {
		case a == nil:
		case a.slowness(quietest) > measure.TooSlow:
			v.leftOut[c]++
		default:
			v.results[c] = append(v.results[c], a.result)
		}
	}
}

// slowest is the live run in which the machine was the slowest in comparison, of those that may be tried again, and how many times as slow.
func (v *validation) slowest() (slowest liveRun, slowness float64) {
	for _, c := range v.cases {
		quietest := v.quietest(c)
		for round := range v.opt.Rounds {
			r := liveRun{c, round}
			if a := v.best(r); a != nil && len(v.tried[r]) < mostAttempts && a.slowness(quietest) > slowness {
				slowest, slowness = r, a.slowness(quietest)
			}
		}
	}
	return slowest, slowness
}

// repeatSlow tries live runs again during which the machine was slower, the slowest first, while there is time.
func (v *validation) repeatSlow(ctx context.Context, progress Progress, runs int) {
	for {
		r, slowness := v.slowest()
		if slowness <= measure.TooSlow || ctx.Err() != nil || v.pace.left() < v.pace.cost(r.c) || v.late(r, nil) {
			return
		}
		progress(runs, runs, fmt.Sprintf("again, as the machine was %.0f %% slower: %s", 100*(slowness-1), r.c.Name))
		began := time.Now()
		a, err := v.watched(ctx, r)
		v.note(ctx, r, err)
		if err != nil || ctx.Err() != nil {
			return
		}
		v.tries(r, a)
		v.pace.took(r.c, time.Since(began))
	}
}

// sayDisturbed warns of live runs that were disturbed all the same.
func (v *validation) sayDisturbed() {
	for _, c := range v.cases {
		quietest := v.quietest(c)
		for round := range v.opt.Rounds {
			r := liveRun{c, round}
			a := v.best(r)
			if a == nil {
				continue
			}
			if a.others > allowed(c) {
				v.warn("%s: other processes used %.2f cores; keep the machine quiet", r, a.others)
			}
			if slowness := a.slowness(quietest); slowness > measure.TooSlow {
				v.warn("%s: left out, as the machine was %.0f %% slower than in the quietest run of the case (reference job)", r, 100*(slowness-1))
			}
		}
	}
}
