package validate

import (
	"context"
	"time"

	"vsim/profile"
	"vsim/profile/measure"
)

// benches are the profilers of a validation: that of the CPU, that of the GPU, or both.
type benches []*measure.Bench

// slice profiles for about d, each bench for its part of it.
func (b benches) slice(ctx context.Context, d time.Duration) error {
	for _, bench := range b {
		if err := bench.Slice(ctx, d/time.Duration(len(b))); err != nil {
			return err
		}
	}
	return nil
}

// unmeasured tells whether any point has not been visited yet.
func (b benches) unmeasured() bool {
	for _, bench := range b {
		if names, _ := bench.Missing(); len(names) > 0 {
			return true
		}
	}
	return false
}

// leftOut says what could not be measured because it failed, each with the reason.
func (b benches) leftOut() (out []string) {
	for _, bench := range b {
		out = append(out, bench.LeftOut()...)
	}
	return out
}

// profile is what all benches have measured, in one. What two have, the copying and postprocessing of a model that runs on
// both sides, is the first one's.
func (b benches) profile() (*profile.Profile, error) {
	parts, all := []*profile.Profile{}, &profile.Profile{}
	for _, bench := range b {
		parts = append(parts, bench.Profile().Without(all))
		var err error
		if all, err = profile.Merge(parts...); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (b benches) close() {
	for _, bench := range b {
		bench.Close()
	}
}
