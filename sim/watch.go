package sim

import (
	"context"

	"vsim/sim/timeline"
)

// Watch records what happens to single requests in the first of the replications that Predict simulates. The same
// scenario, profile and seed give the same timeline. It errs as Predict does.
func Watch(ctx context.Context, source Source, opt timeline.Options) (*timeline.Timeline, error) {
	built, err := Compile(source)
	if err != nil {
		return nil, err
	}
	return timeline.Record(ctx, built.System, built.Topology, opt)
}
