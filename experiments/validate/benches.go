package validate

import (
	"context"
	"slices"
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

// profile is what all benches have measured, in one.
func (b benches) profile() *profile.Profile {
	p := b[0].Profile()
	for _, bench := range b[1:] {
		other := bench.Profile()
		p.Name += " and " + other.Name
		p.Services = slices.Concat(p.Services, other.Services)
		p.Contention = slices.Concat(p.Contention, other.Contention)
		p.Footprints = slices.Concat(p.Footprints, other.Footprints)
		p.Provenance.Notes = slices.Concat(p.Provenance.Notes, other.Provenance.Notes)
		p.Provenance.GPU += other.Provenance.GPU
		p.Provenance.Complete = p.Provenance.Complete && other.Provenance.Complete
	}
	return p
}

func (b benches) close() {
	for _, bench := range b {
		bench.Close()
	}
}
