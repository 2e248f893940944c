//go:build nvml && cgo && linux

package gpu_test

import (
	"strings"
	"testing"

	"vsim/profile/device/gpu"
	"vsim/profile/device/gpu/fakegpu"
	"vsim/profile/device/native"
)

// A GPU opens without NVML, whatever is wrong with it, and a note says what.
func TestAGPUOpensWithoutNVML(t *testing.T) {
	for _, c := range []struct {
		fault   string // a function that fails, or a library's path
		code    int
		monitor bool
		note    string
	}{
		{"nvmlInit_v2", 9, false, "no energy, clocks or temperature: NVML: nvmlInit_v2: Driver Not Loaded (9)"},
		{"nvmlDeviceGetHandleByPciBusId_v2", 999, false, "no energy, clocks or temperature: NVML: nvmlDeviceGetHandleByPciBusId_v2: Unknown Error (999)"},
		{"nvmlSystemGetDriverVersion", 4, true, "the driver's version is unknown: NVML: nvmlSystemGetDriverVersion: Insufficient Permissions (4)"},
		{"/no/such/nvml", 0, false, "no energy, clocks or temperature: NVML not found: VSIM_NVML_LIB names /no/such/nvml"},
		{fakegpu.Empty(t), 0, false, "no energy, clocks or temperature: NVML: " + fakegpu.Empty(t) + " has no nvmlDeviceGetHandleByPciBusId_v2"},
	} {
		t.Run(c.fault, func(t *testing.T) {
			fake := fakegpu.Use(t)
			if strings.HasPrefix(c.fault, "/") {
				t.Setenv(native.NVML.Env, c.fault)
			} else {
				fake.Fail(c.fault, c.code, 0)
			}
			d := fakegpu.Open(t)
			if notes := strings.Join(d.Notes, "; "); (d.Monitor != nil) != c.monitor || strings.Count(notes, c.note) != 1 {
				t.Errorf("monitor %v, notes %s", d.Monitor, notes)
			}
			if _, err := d.EnergyJ(); (err == nil) != c.monitor {
				t.Errorf("energy: %v", err)
			}
			if d.Version["driver"] != "" {
				t.Errorf("driver %q", d.Version["driver"])
			}
		})
	}
}

// A Shutdown that NVML refuses is no error of the GPU's.
func TestARefusedShutdown(t *testing.T) {
	fake := fakegpu.Use(t)
	libraries, err := gpu.Find("")
	must(t, err)
	d, err := gpu.Open(t.Context(), libraries, 0)
	must(t, err)
	fake.Fail("nvmlShutdown", 999, 0)
	must(t, d.Close())
	fake.Abandon()
}
