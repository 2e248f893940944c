package paper

import (
	"context"
	"math"
	"testing"
)

// Published systems with several GPUs come out of their single GPU and their host within ScalingTolerance; a single one comes out as it
// is published, which is what its times are made of, within 3 %.
func TestScaling(t *testing.T) {
	all, err := predictScaling(context.Background(), &Lab{}, published())
	if err != nil {
		t.Fatal(err)
	}
	eight := map[string]bool{}
	for _, s := range all {
		for _, p := range s.of.points {
			e := s.at[p.gpus]
			off := e.Value/p.value - 1
			t.Logf("%-46s %-30s %d GPUs: published %9.6g, predicted %9.6g (%.6g to %.6g), %+5.1f %%, %s", s.of.name, s.of.mode, p.gpus, p.value, e.Value, e.Low, e.High, 100*off, p.use)
			bound := map[use]float64{Judged: ScalingTolerance, Single: 0.03, FittedTo: 0.03, Elsewhere: math.Inf(1)}[p.use]
			if !(math.Abs(off) <= bound) {
				t.Errorf("%s, %s, %d GPUs: published %g, predicted %v", s.of.name, s.of.mode, p.gpus, p.value, e)
			}
			if p.gpus == 8 && p.use != Elsewhere {
				eight[s.of.name] = true
			}
		}
	}
	if len(eight) < 2 {
		t.Errorf("%d systems from 1 to 8 GPUs, at least two are wanted", len(eight))
	}
}
