package check

import (
	"context"
	"fmt"
	"time"

	"vsim/profile/measure/machine"
)

// rounds calibrates a slice, starts a server and runs its cases, in turn: every case once before any twice. It ends early when the
// context does.
func (v *check) rounds(ctx context.Context, progress Progress) {
	done := 0
	for round := range v.opt.Rounds {
		for _, g := range groups(v.cases) {
			what := fmt.Sprintf("round %d of %d: ", round+1, v.opt.Rounds)
			progress(done, v.total(), what+"calibrating")
			if err := v.slice(ctx, v.opt.Slice); err != nil && ctx.Err() == nil {
				v.warn("%v", err)
			}
			if ctx.Err() != nil {
				return
			}
			v.group(ctx, g, round, func(c *Case) {
				progress(done, v.total(), what+c.Name)
				done++
			})
			if ctx.Err() != nil {
				return
			}
		}
	}
}

// group starts the server of a group and runs its cases.
func (v *check) group(ctx context.Context, g group, round int, next func(*Case)) {
	s, err := v.start(ctx, g[0])
	if err == nil {
		defer s.Stop()
	}
	for _, c := range g {
		next(c)
		var shown *Shown
		err := err
		if err == nil {
			shown, err = v.run(ctx, s, c, round)
		}
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			v.fail(fmt.Errorf("%s, run %d: %w", c.Name, round+1, err))
		default:
			v.results[c] = append(v.results[c], shown)
		}
	}
}

// referenceSpan is how long the reference job of package measure is timed before and after a live run.
const referenceSpan = 100 * time.Millisecond

// maxOthers is how many cores other processes, or a hypervisor, may take from a live run.
const maxOthers = 0.05

// run runs a case live. A run that others disturbed is repeated, twice at most and not more often than there are cases; the least
// disturbed stays. Which one that is does not depend on what it measured.
func (v *check) run(ctx context.Context, s *served, c *Case, round int) (best *Shown, err error) {
	if err := machine.QuietMonitor(); err != nil {
		v.warn("%v", err)
	}
	for attempt := 0; attempt < 3; attempt++ {
		if best != nil {
			if v.opt.once || best.OtherCores <= maxOthers || v.repeats >= len(v.cases) {
				break
			}
			v.repeats++
		}
		shown, err := v.attempt(ctx, s, c, round)
		if err != nil {
			return nil, err
		}
		if best == nil || shown.OtherCores < best.OtherCores {
			best = shown
		}
	}
	if best.OtherCores > maxOthers {
		v.warn("%s, run %d: other processes used %.2f cores; keep the machine quiet", c.Name, round+1, best.OtherCores)
	}
	return best, nil
}

// attempt makes an attempt at a live run and keeps its record.
func (v *check) attempt(ctx context.Context, s *served, c *Case, round int) (*Shown, error) {
	built, err := v.compiled(c)
	if err != nil {
		return nil, err
	}
	before := v.reference.MeanNs(referenceSpan)
	shown, err := s.live(ctx, c, built, round)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err == nil {
		err = broken(shown)
	}
	if err := v.store.live(c, round, shown, [2]float64{before, v.reference.MeanNs(referenceSpan)}, err); err != nil {
		v.fail(err)
	}
	return shown, err
}
