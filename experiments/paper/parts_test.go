package paper

import (
	"context"
	"math"
	"testing"

	"vsim/sim"
)

// The parts of latency add up to all of it, with nothing in the queue of a single client, and every step is of a part by its name.
func TestPartsAddUp(t *testing.T) {
	lab := &Lab{}
	got, err := lab.Predict(context.Background(), At("fig6.toml"), At("fig6-cpu.toml"), At("fig4.toml", "workload.concurrency=512"))
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range got {
		all, byShare := 0.0, shares(p)
		for _, e := range byShare {
			all += e.Value
		}
		if math.Abs(all-1) > 0.002 {
			t.Errorf("point %d: parts add up to %g", i, all)
		}
		if idle := i < 2; idle != (byShare[queueing].Value < 1e-6) {
			t.Errorf("point %d: %g of latency is queueing", i, byShare[queueing].Value)
		}
		everyStepKnown(t, p)
	}
}

func everyStepKnown(t *testing.T, p *sim.Prediction) {
	t.Helper()
	for i := range p.Stages {
		for _, step := range p.Stages[i].Steps {
			if _, known := partOf[step.Name]; !known {
				t.Errorf("step %q of %s is of no part", step.Name, p.Stages[i].Name)
			}
		}
	}
}
