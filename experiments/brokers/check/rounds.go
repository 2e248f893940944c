package check

import (
	"context"
	"fmt"
	"time"

	"vsim/experiments/brokers/live"
)

// liveRun is one live run to make.
type liveRun struct {
	c     *Case
	round int
}

// runs are all live runs in their order: every case once before any twice.
func (v *check) runs() (out []liveRun) {
	for round := range v.opt.Rounds {
		for _, c := range v.cases {
			out = append(out, liveRun{c, round})
		}
	}
	return out
}

// rounds profiles a slice and runs a case, in turn. It ends early when the context does.
func (v *check) rounds(ctx context.Context, progress Progress) {
	all := v.runs()
	for i, r := range all {
		progress(i, len(all), fmt.Sprintf("round %d of %d: %s", r.round+1, v.opt.Rounds, r.c.Name))
		if err := v.kit.slice(ctx, v.opt.Slice); err != nil && ctx.Err() == nil {
			v.warn("profiling: %v", err)
		}
		if ctx.Err() != nil {
			return
		}
		shown, err := v.run(ctx, r)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			v.fail(fmt.Errorf("%s, run %d: %w", r.c.Name, r.round+1, err))
			continue
		}
		v.results[r.c] = append(v.results[r.c], shown)
	}
}

// referenceSpan is how long the reference job of package measure is timed before and after a live run.
const referenceSpan = 100 * time.Millisecond

// maxOthers is how many cores other processes, or a hypervisor, may take from a live run.
const maxOthers = 0.05

// run runs a case live. A run that others disturbed is repeated, twice at most; the least disturbed stays.
func (v *check) run(ctx context.Context, r liveRun) (best *live.Shown, err error) {
	for attempt := 0; attempt < 3 && (best == nil || best.OtherCores > maxOthers); attempt++ {
		before := v.kit.reference.MeanNs(referenceSpan)
		shown, err := v.kit.live(ctx, r.c, r.round, v.opt.Measure, nil)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == nil {
			err = broken(shown)
		}
		if err := v.store.live(r, shown, [2]float64{before, v.kit.reference.MeanNs(referenceSpan)}, err); err != nil {
			v.fail(err)
		}
		if err != nil {
			return nil, err
		}
		if best == nil || shown.OtherCores < best.OtherCores {
			best = shown
		}
	}
	if best.OtherCores > maxOthers {
		v.warn("%s, run %d: other processes used %.2f cores; keep the machine quiet", r.c.Name, r.round+1, best.OtherCores)
	}
	return best, nil
}

// broken says why a live run shows nothing of its case, nil where it does.
func broken(r *live.Shown) error {
	lost := r.Dropped[live.Lost]
	switch {
	case r.Completed == 0:
		return fmt.Errorf("no frame was answered within %v (%d failed: %s; %d lost)", r.Span, r.Failed, r.FirstFailure, lost)
	case r.Failed+r.Unanswered+lost > r.Completed/10:
		return fmt.Errorf("%d frames failed (%s), %d were lost (%s), %d had no answer, %d were answered: it is not compared",
			r.Failed, r.FirstFailure, lost, r.Losses.First, r.Unanswered, r.Completed)
	}
	return nil
}
