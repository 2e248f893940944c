//go:build !(nvml && cgo && linux)

package main

import "testing"

// Without NVML the doctor says which binary has it.
func TestDoctorSaysHowToHaveNVML(t *testing.T) {
	useFake(t)
	doctorSays(t, cardLine+"its state is unknown without NVML", "NVML               missing: this vsim was built without NVML; `make build` has it")
}
