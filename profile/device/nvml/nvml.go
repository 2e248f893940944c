// Package nvml reads a GPU's state from NVIDIA's management library (libnvidia-ml,
// docs.nvidia.com/deploy/nvml-api): power, energy, clocks and why they are held down, temperature, who
// else computes. It only reads; settings of the card are never changed.
//
// The library is opened at run time like the others, for the dozen calls that vsim needs. (NVIDIA's
// go-nvml covers all of them but needs cgo, prints its header's deprecations in every build, and ends
// the process at a call after a failed Init; here such a call cannot be made.)
package nvml

import (
	"fmt"
	"unsafe"

	"vsim/profile/device/dl"
)

var functions = []string{
	"nvmlInit_v2", "nvmlShutdown", "nvmlErrorString", "nvmlSystemGetDriverVersion", "nvmlDeviceGetHandleByPciBusId_v2",
	"nvmlDeviceGetPowerUsage", "nvmlDeviceGetTotalEnergyConsumption",
	"nvmlDeviceGetClockInfo", "nvmlDeviceGetCurrentClocksThrottleReasons", "nvmlDeviceGetTemperature",
	"nvmlDeviceGetCurrPcieLinkGeneration", "nvmlDeviceGetCurrPcieLinkWidth", "nvmlDeviceGetComputeRunningProcesses_v3",
}

// Library is the loaded and initialised library.
type Library struct{ lib *dl.Library }

// Open loads the library at path (see native.Find) and initialises it; Close ends that.
func Open(path string) (*Library, error) {
	lib, err := dl.Open("NVML", path, functions...)
	if err != nil {
		return nil, err
	}
	l := &Library{lib}
	if err := l.call("nvmlInit_v2"); err != nil {
		return nil, err
	}
	return l, nil
}

// Close ends the use of the library.
func (l *Library) Close() error { return l.call("nvmlShutdown") }

// Error is a failed call in the library's own words.
type Error struct {
	Call string
	Code int32 // nvmlReturn_t
	Text string
}

func (e *Error) Error() string { return fmt.Sprintf("NVML: %s: %s (%d)", e.Call, e.Text, e.Code) }

//go:uintptrescapes
func (l *Library) call(function string, args ...uintptr) error {
	code := int32(l.lib.Call(function, args...))
	if code == 0 {
		return nil
	}
	return &Error{function, code, dl.String(l.lib.Call("nvmlErrorString", uintptr(code)))}
}

// DriverVersion is the version of NVIDIA's driver, such as "580.95.05".
func (l *Library) DriverVersion() (string, error) {
	text := make([]byte, 80) // NVML_SYSTEM_DRIVER_VERSION_BUFFER_SIZE
	err := l.call("nvmlSystemGetDriverVersion", uintptr(unsafe.Pointer(&text[0])), uintptr(len(text)))
	return dl.Text(text), err
}

// Device is one GPU.
type Device struct {
	lib    *Library
	handle uintptr
}

// Device finds a GPU by its place on the bus, cuda.Info.PCIBus.
func (l *Library) Device(pciBus string) (*Device, error) {
	d := &Device{lib: l}
	err := l.call("nvmlDeviceGetHandleByPciBusId_v2", uintptr(unsafe.Pointer(dl.CString(pciBus))), uintptr(unsafe.Pointer(&d.handle)))
	if err != nil {
		return nil, err
	}
	return d, nil
}
