//go:build nvml && cgo && linux

package main

import "testing"

// With NVML the doctor tells the driver's version and how each GPU is.
func TestDoctorTellsTheStateOfAGPU(t *testing.T) {
	useFake(t).State(0x20, 2)
	doctorSays(t, cardLine+"PCIe 5.0 x16 now, 1500 MHz, 40 °C, 100 W, 2 processes, held down: software thermal slowdown", "NVML               found: driver 000.00 (fake) in ")
}

// What NVML refuses is said beside what it tells.
func TestDoctorSaysWhatNVMLRefuses(t *testing.T) {
	fake := useFake(t)
	fake.Fail("nvmlDeviceGetTemperature", 3, 0)
	fake.Fail("nvmlDeviceGetPowerUsage", 4, 0)
	fake.Fail("nvmlSystemGetDriverVersion", 999, 0)
	doctorSays(t, cardLine+"PCIe 5.0 x16 now, 1500 MHz, 1 processes, unknown: NVML: nvmlDeviceGetTemperature: Not Supported (3), unknown: NVML: nvmlDeviceGetPowerUsage: Insufficient Permissions (4)",
		"NVML               found: driver of an unknown version (NVML: nvmlSystemGetDriverVersion: Unknown Error (999)) in ")
	fake.Heal()
	fake.Fail("nvmlInit_v2", 9, 0)
	doctorSays(t, cardLine+"its state is unknown without NVML", "NVML               missing: NVML: nvmlInit_v2: Driver Not Loaded (9)")
}
