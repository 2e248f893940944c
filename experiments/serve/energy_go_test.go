//go:build nvml && cgo && linux

package serve_test

import (
	"testing"
	"time"

	"vsim/experiments/load"
	"vsim/sim/engine"
)

// checkEnergy checks the energy of half a second. The fake draws 100 W and its counter moves every 20 ms: so
// much at least lies between readings that are SpanS apart or more.
func checkEnergy(t *testing.T, e load.Energy) {
	t.Helper()
	if e.SpanS <= 0 || e.GPUJ < 50*(1-0.02/e.SpanS)-1e-6 || e.Note != "" {
		t.Errorf("%+v in a window of 0.5 s at 100 W", e)
	}
}

// A counter that cannot be read, at either end, leaves a load its results and a note.
func TestLoadWithoutTheEnergyCounter(t *testing.T) {
	for after, end := range []string{"at the beginning", "at the end"} {
		t.Run(end, func(t *testing.T) {
			fake, cfg, images := gpuSetup(t, true)
			fake.Fail("nvmlDeviceGetTotalEnergyConsumption", 999, after)
			r, err := live(t, cfg, load.Config{Classes: images, Source: engine.Source{Clients: 2}, Measure: 100 * time.Millisecond, Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			if e := r.Energy; r.Completed == 0 || e.GPUJ != 0 || e.SpanS <= 0 || e.Note != "no energy of the GPU: NVML: nvmlDeviceGetTotalEnergyConsumption: Unknown Error (999)" {
				t.Errorf("%d completed, %+v", r.Completed, e)
			}
		})
	}
}
