package validate

import (
	"context"

	"gonum.org/v1/gonum/stat"

	"vsim/experiments/load"
	"vsim/sim"
	"vsim/sim/predict"
	"vsim/sim/scenario"
)

// replay predicts what each live run of an open loop shows whose arrivals and classes are those that its load drew: they were settled before
// the run, and near saturation they decide more than all else. Runs of closed loops have no such chance in them. It returns nil where a run
// cannot be predicted so, and after an interrupt.
func (v *validation) replay(ctx context.Context, c *Case, of func(*load.Result) (*forecast, *scenario.Scenario)) (out []predict.Replayed) {
	for _, r := range v.results[c] {
		f, s := of(r)
		if f == nil || v.seeds[r] == 0 {
			return nil
		}
		shown, err := sim.Replay(ctx, f.source(s), v.seeds[r], c.Measure)
		if err != nil {
			return nil
		}
		out = append(out, shown)
	}
	return out
}

// seedOf notes from which seed the traffic of a live run was drawn.
func (v *validation) seedOf(r *load.Result, seed uint64) {
	v.seeds[r] = seed
}

// replayAll does so for all cases, with the profile's times and with the runs' own.
func (v *validation) replayAll(ctx context.Context, f *forecast) {
	v.replays, v.ownReps = map[*Case][]predict.Replayed{}, map[*Case][]predict.Replayed{}
	for _, c := range v.ran() {
		if !v.replayed(c) {
			continue
		}
		v.replays[c] = v.replay(ctx, c, func(*load.Result) (*forecast, *scenario.Scenario) { return f, c.Scenario })
		if len(v.own[c]) == 0 {
			continue
		}
		apart := apart(c)
		v.ownReps[c] = v.replay(ctx, c, func(r *load.Result) (*forecast, *scenario.Scenario) {
			own, err := recorded(f.profile, v.servicesOf(c, r))
			if err != nil {
				return nil, nil
			}
			return own, apart
		})
	}
}

// replayed says that a case's traffic is drawn from a seed and goes on for as long as it is measured.
func (v *validation) replayed(c *Case) bool {
	built, err := v.latest.compiled(c.Scenario)
	if err != nil {
		return false
	}
	source := &built.System.Source
	return source.Clients == 0 && (source.Arrivals == nil || !source.Arrivals.Finite())
}

// meanOf is the mean of a number over the replays of a case's live runs.
func meanOf(all []predict.Replayed, of func(*predict.Replayed) float64) float64 {
	var values []float64
	for i := range all {
		values = append(values, of(&all[i]))
	}
	return stat.Mean(values, nil)
}
