package calibrate

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"

	"vsim/sim/engine/stats"
	"vsim/sim/scenario"
)

// spreadsTried are coefficients of variation of the instance's times, between which p99 is interpolated.
var spreadsTried = []float64{0, 0.1, 0.2, 0.4, 0.8}

// spread finds how much the instance's times vary: so that a simulation of the anchors gives their p99, over the mean. What
// the front end's spread and uneven batches do to p99 is in the simulation already. Of several anchors the median
// counts; where none has a p99, or a cv is given, it is assumed.
func (c *Calibration) spread(ctx context.Context, given *float64) (Spread, error) {
	if given != nil {
		return AssumeSpread(*given), nil
	}
	var found []float64
	for _, a := range c.Anchors {
		if a.P99S <= 0 {
			continue
		}
		cv, err := c.Model.spreadAt(ctx, a)
		if err != nil {
			return Spread{}, err
		}
		found = append(found, cv)
	}
	if len(found) == 0 {
		return AssumeSpread(scenario.AssumedSpread), nil
	}
	return Spread{CV: rounded(stats.Median(found)), From: "from the anchors' p99"}, nil
}

// spreadAt is the cv with which p99 over the mean of a row comes out as measured; the smallest or the largest that is
// tried, where it is beyond them.
func (m *LoadModel) spreadAt(ctx context.Context, a OnlineRow) (float64, error) {
	want, last := a.P99S/a.AvgS, 0.0
	for i, cv := range spreadsTried {
		with := *m
		with.Times = Spread{CV: cv}
		got, err := with.simulate(ctx, a, false)
		if err != nil {
			return 0, err
		}
		ratio := got.P99S / got.AvgS
		if ratio >= want {
			if i == 0 {
				return cv, nil
			}
			before := spreadsTried[i-1]
			return before + (cv-before)*max(want-last, 0)/(ratio-last), nil
		}
		last = ratio
	}
	return slices.Max(spreadsTried), nil
}

// tails says what the spread is, and how well p99 of the rows that are no anchors comes out with it.
func (c *Calibration) tails(w io.Writer) {
	times := &c.Model.Times
	if times.CV == 0 && !times.Assumed {
		fmt.Fprintln(w, "Spread: the instance's times are constants; the front end's spread and uneven batches alone give the anchors' p99, or more.")
	} else {
		fmt.Fprintln(w, times.Line())
	}
	if times.Assumed {
		return
	}
	if e := c.tailErrors(); len(e) > 0 {
		median, largest := MedianAndLargest(e)
		fmt.Fprintf(w, "p99 of the rows that are not used: median error %.1f %%, largest %.1f %%.\n", 100*median, 100*largest)
	}
}

// tailErrors are the absolute errors of p99, ascending, of the rows that are no anchors and have one.
func (c *Calibration) tailErrors() (e []float64) {
	for i := range c.Cases {
		if k := &c.Cases[i]; !k.Anchor && k.Row.P99S > 0 {
			e = append(e, math.Abs(k.P99S/k.Row.P99S-1))
		}
	}
	slices.Sort(e)
	return e
}
