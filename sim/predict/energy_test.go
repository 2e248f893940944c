package predict

import (
	"math"
	"testing"

	"vsim/sim/engine"
)

// TestEnergy: a core that idles at 10 W and takes 20 W more while it works at a load of 0.6, for 600
// requests/s of 1 ms: 10/600 + 0.02 J each. Power that nobody gave is not known, and null in JSON.
func TestEnergy(t *testing.T) {
	sys := queue(1, poisson(600))
	sys.Resources[0] = engine.Resource{Name: "core", Capacity: 1, IdleWatts: 10, Kinds: []engine.Kind{{Name: "work", Watts: 20}}}
	e := run(t, sys, Options{NoWhatIf: true}).EnergyJ
	if want := 10./600 + 0.02; e == nil || !within3(e.CPU, want) || !within3(e.CPUIdleShare, 10./600/want) || e.GPU.Value != 0 {
		t.Errorf("%+v, want %v J", e, want)
	}
	sys.Resources = append(sys.Resources, engine.Resource{Name: "gpu", Kinds: []engine.Kind{{Name: "work"}}})
	if e := run(t, sys, Options{NoWhatIf: true}).EnergyJ; !math.IsNaN(e.GPU.Value) {
		t.Errorf("a GPU of unknown power takes %v", e.GPU)
	}
	if e := run(t, queue(1, poisson(600)), Options{NoWhatIf: true}).EnergyJ; e != nil {
		t.Errorf("nobody gave a power, and the energy is %+v", e)
	}
}
