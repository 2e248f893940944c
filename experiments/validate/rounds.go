package validate

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"vsim/experiments/load"
	"vsim/profile/measure/machine"
)

// liveRun is one live run to make.
type liveRun struct {
	c     *Case
	round int
}

func (r liveRun) String() string { return fmt.Sprintf("%s, run %d", r.c.Name, r.round+1) }

// runs are all live runs to make, in their order: every case once before any twice, so that a short time shows as many cases
// as can be.
func (v *validation) runs() (out []liveRun) {
	cases := v.cases
	if cases == nil {
		cases = v.m.Cases
	}
	for round := range v.opt.Rounds {
		for _, c := range cases {
			if r := (liveRun{c, round}); !v.has[r] {
				out = append(out, r)
			}
		}
	}
	return out
}

// rounds profiles a slice and runs a case, in turn. It ends early when the context does, and when the GPU is lost.
func (v *validation) rounds(ctx context.Context, progress Progress) {
	ctx, cancel := v.pace.bound(ctx)
	defer cancel()
	all := v.runs()
	progress(0, len(all), v.announce())
	for i, r := range all {
		if !v.pace.fits(r.c) {
			v.limited = true
			continue
		}
		progress(i, len(all), fmt.Sprintf("round %d of %d: %s", r.round+1, v.opt.Rounds, r.c.Name))
		v.slice(ctx, min(v.opt.Slice, v.pace.spare(all[i:])/time.Duration(len(all)-i)))
		began := time.Now()
		if ctx.Err() == nil {
			v.note(ctx, r, v.run(ctx, r, all[i+1:]))
		}
		if ctx.Err() != nil || v.lost {
			v.limited = v.limited || errors.As(context.Cause(ctx), new(limitReached))
			return
		}
		if i+1 < len(all) && all[i+1].round > r.round {
			v.keep(v.partialReport(ctx))
		}
		v.pace.took(r.c, time.Since(began))
	}
	if len(all) > 0 {
		v.repeatSlow(ctx, progress, len(all))
	}
}

// note writes down how a live run went. Two that failed one after the other, where the GPU or profiling on it fails
// too, mean that the GPU is lost.
func (v *validation) note(ctx context.Context, r liveRun, err error) {
	if ctx.Err() != nil {
		return
	}
	v.keep(v.storeProfile())
	if err == nil {
		v.inARow = 0
		return
	}
	v.fail(fmt.Errorf("%s: %w", r, err))
	v.inARow++
	if v.inARow >= 2 && onGPU(r.c.Scenario) && (v.profiled != nil || v.kit.lostGPU()) {
		v.lost = true
	}
}

// maxOthers is how many cores other processes, or a hypervisor, may take from a live run.
const maxOthers = 0.05

// allowed is maxOthers of two cores and, where a GPU does the work and most cores idle, as much of each two.
func allowed(c *Case) float64 {
	if onGPU(c.Scenario) {
		return maxOthers * math.Max(1, float64(machine.Cores())/2)
	}
	return maxOthers
}

// run runs a case live. A run that other processes disturbed is repeated, twice at most and only while there is time for the
// runs that are left too.
func (v *validation) run(ctx context.Context, r liveRun, left []liveRun) error {
	for n := range mostAttempts {
		if n > 0 && (v.pace.spare(left) < v.pace.cost(r.c) || v.late(r, left)) {
			break
		}
		a, err := v.watched(ctx, r)
		if err != nil {
			return err
		}
		v.tries(r, a)
		if a.others <= allowed(r.c) {
			break
		}
	}
	return nil
}

// maxFailed is the part of the requests that may fail: the server of a live run with more was broken.
const maxFailed = 0.1

// watched makes an attempt at a live run and keeps its record, with what went on around it.
func (v *validation) watched(ctx context.Context, r liveRun) (attempt, error) {
	if err := machine.QuietMonitor(); err != nil {
		v.warn("%v", err)
	}
	around := v.lookAround(r.c.loadTime())
	result, err := v.live(ctx, r)
	around.end()
	if ctx.Err() != nil {
		return attempt{}, ctx.Err()
	}
	v.keep(v.store.live(newRecord(v.store, r, len(v.tried[r]), around, result, err)))
	if err == nil {
		v.seedOf(result, r.c.seed(r.round))
	}
	return attempt{result, around.use.Others, around.within()}, err
}

// live runs a case live. A run that shows nothing of the case is an error beside its result.
func (v *validation) live(ctx context.Context, r liveRun) (*load.Result, error) {
	built, err := v.latest.compiled(r.c.Scenario)
	if err != nil {
		return nil, err
	}
	result, err := v.kit.live(ctx, r.c, built, r.round)
	if err != nil {
		return nil, err
	}
	return result, broken(result)
}

// broken says why a live run shows nothing of its case, nil where it does.
func broken(r *load.Result) error {
	switch {
	case float64(r.Failed) > maxFailed*float64(r.Completed+r.Failed):
		return fmt.Errorf("%d requests failed (%s) and %d were answered: it is not compared", r.Failed, r.FirstFailure, r.Completed)
	case r.Completed == 0:
		return fmt.Errorf("no request was answered within %v (turned away: %v); measure for longer with --measure", r.Span, r.Dropped)
	}
	return nil
}
