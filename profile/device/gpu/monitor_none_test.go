//go:build !(nvml && cgo && linux)

package gpu_test

import (
	"errors"
	"slices"
	"testing"

	"vsim/profile/device/gpu/fakegpu"
	"vsim/profile/device/nvml"
)

// A binary without NVML opens the GPU and says what it will not tell, and how to have it.
func TestAGPUWithoutNVML(t *testing.T) {
	_, d := fakegpu.Device(t)
	if want := "no energy, clocks or temperature: this vsim was built without NVML; `make build` has it"; d.Monitor != nil || !slices.Contains(d.Notes, want) {
		t.Errorf("monitor %v, notes %q", d.Monitor, d.Notes)
	}
	if _, err := d.EnergyJ(); !errors.Is(err, nvml.ErrNotBuilt) {
		t.Errorf("energy: %v", err)
	}
}
