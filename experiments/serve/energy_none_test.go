//go:build !(nvml && cgo && linux)

package serve_test

import (
	"testing"

	"vsim/experiments/load"
)

// checkEnergy checks that nothing is claimed without NVML, and why.
func checkEnergy(t *testing.T, e load.Energy) {
	t.Helper()
	if e.SpanS <= 0 || e.GPUJ != 0 || e.Note != "no energy of the GPU: this vsim was built without NVML; `make build` has it" {
		t.Errorf("%+v", e)
	}
}
