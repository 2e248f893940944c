package paper

import (
	"strings"
	"testing"
)

// Energies are powers over throughput: an idle system's, whose GPU and cores do nothing but idle, by hand; and a machine of which the
// powers are not known is refused.
func TestFigure8Energies(t *testing.T) {
	idle := []string{"cpu.core_power=0W", "gpu.active_power=0W", `gpu.stage_power=[]`, "cpu.idle_power=10W", "gpu.idle_power=50W", "run.max_events=60000"}
	onCPU, onGPU, err := figure8Energies(t.Context(), &Lab{Set: idle})
	if err != nil {
		t.Fatal(err)
	}
	for m, model := range threeModels {
		for k, size := range threeSizes {
			for _, j := range []joules{onCPU[m][k], onGPU[m][k]} {
				if got, want := j.total().Value*j.throughput.Value, 60.0; !near(got, want, 0.01) {
					t.Errorf("%s, %s: %.2f J/s, not %g W", model.name, size, got, want)
				}
			}
		}
	}
	_, _, err = figure8Energies(t.Context(), &Lab{Set: []string{"cpu.idle_power=0W", "cpu.core_power=0W", "run.max_events=10000"}})
	if err == nil || !strings.Contains(err.Error(), "cpu.idle_power") {
		t.Errorf("a machine without a CPU power: %v", err)
	}
}
