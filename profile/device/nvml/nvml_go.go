//go:build nvml && cgo && linux

package nvml

import (
	"github.com/NVIDIA/go-nvml/pkg/nvml"

	"vsim/profile/device/dl"
)

// Built tells whether this binary has NVML.
const Built = true

// Library is the loaded and initialised library.
type Library struct {
	lib nvml.Interface
	has map[string]bool // the optional functions
}

// required are the functions without which nothing can be read.
var required = []string{"nvmlInit_v2", "nvmlShutdown", "nvmlErrorString", "nvmlDeviceGetHandleByPciBusId_v2"}

// The other functions that vsim calls. A library that lacks one does not support it.
const (
	driverVersion = "nvmlSystemGetDriverVersion"
	powerUsage    = "nvmlDeviceGetPowerUsage"
	totalEnergy   = "nvmlDeviceGetTotalEnergyConsumption"
	clockInfo     = "nvmlDeviceGetClockInfo"
	temperature   = "nvmlDeviceGetTemperature"
	eventReasons  = "nvmlDeviceGetCurrentClocksEventReasons"
	generation    = "nvmlDeviceGetCurrPcieLinkGeneration"
	width         = "nvmlDeviceGetCurrPcieLinkWidth"
	processes     = "nvmlDeviceGetComputeRunningProcesses_v3"
)

var optional = []string{driverVersion, powerUsage, totalEnergy, clockInfo, temperature, eventReasons, generation, width, processes}

// Open loads the library at path (see native.Find) and initialises it; Close ends that. The loader looks
// functions up when they are first called, in the library that was loaded first, and ends the process where
// there is none: all are looked up here, the library stays loaded, and nothing can be called after an Init
// that failed, because then there is no Library.
func Open(path string) (*Library, error) {
	if _, err := dl.Open("NVML", path, required...); err != nil {
		return nil, err
	}
	l := &Library{nvml.New(nvml.WithLibraryPath(path)), map[string]bool{}}
	if code := l.lib.Init(); code != nvml.SUCCESS {
		return nil, failure("nvmlInit_v2", code)
	}
	for _, function := range optional {
		l.has[function] = l.lib.Extensions().LookupSymbol(function) == nil
	}
	return l, nil
}

// Close ends the use of the library.
func (l *Library) Close() error { return failure("nvmlShutdown", l.lib.Shutdown()) }

// failure is the error of a call, nil where it went well.
func failure(function string, code nvml.Return) error {
	if code == nvml.SUCCESS {
		return nil
	}
	return &Error{function, int32(code), code.Error()}
}

// read calls a function that the library may lack.
func read[T any](l *Library, function string, call func() (T, nvml.Return)) (T, error) {
	if !l.has[function] {
		var none T
		return none, &Error{function, int32(nvml.ERROR_NOT_SUPPORTED), "not in this driver's library"}
	}
	value, code := call()
	return value, failure(function, code)
}

// DriverVersion is the version of NVIDIA's driver, such as "580.95.05".
func (l *Library) DriverVersion() (string, error) {
	return read(l, driverVersion, l.lib.SystemGetDriverVersion)
}

// Device is one GPU.
type Device struct {
	lib    *Library
	device nvml.Device
}

// Device finds a GPU by its place on the bus, cuda.Info.PCIBus.
func (l *Library) Device(pciBus string) (*Device, error) {
	d, code := l.lib.DeviceGetHandleByPciBusId(pciBus)
	if err := failure("nvmlDeviceGetHandleByPciBusId_v2", code); err != nil {
		return nil, err
	}
	return &Device{l, d}, nil
}

// EnergyJ is the energy that the GPU has used since the driver was loaded, in joules. The counter moves
// in steps of some tens of milliseconds.
func (d *Device) EnergyJ() (float64, error) {
	mj, err := read(d.lib, totalEnergy, d.device.GetTotalEnergyConsumption)
	return float64(mj) / 1e3, err
}

// PowerWatts is what the whole board draws now.
func (d *Device) PowerWatts() (float64, error) {
	mw, err := read(d.lib, powerUsage, d.device.GetPowerUsage)
	return float64(mw) / 1e3, err
}

// State reads the state, and says what of it could not be read.
func (d *Device) State() (s State, unread []error) {
	note := func(err error) bool {
		if err != nil {
			unread = append(unread, err)
		}
		return err == nil
	}
	if mhz, err := read(d.lib, clockInfo, d.clock); note(err) {
		s.ClockMHz = int(mhz)
	}
	if celsius, err := read(d.lib, temperature, d.temperature); note(err) {
		s.TemperatureC = int(celsius)
	}
	if bits, err := read(d.lib, eventReasons, d.device.GetCurrentClocksEventReasons); note(err) {
		s.Reasons, s.ReasonsKnown = Reasons(bits), true
	}
	// Which of the processes is this one cannot be told in a container: their numbers are the host's.
	if all, err := read(d.lib, processes, d.device.GetComputeRunningProcesses); note(err) {
		s.Processes = len(all)
	}
	return s, unread
}

func (d *Device) clock() (uint32, nvml.Return) { return d.device.GetClockInfo(nvml.CLOCK_SM) }

func (d *Device) temperature() (uint32, nvml.Return) {
	return d.device.GetTemperature(nvml.TEMPERATURE_GPU)
}

// PCIe is the link's generation and number of lanes as they are now: an idle card lowers them.
func (d *Device) PCIe() (gen, lanes int, err error) {
	if gen, err = read(d.lib, generation, d.device.GetCurrPcieLinkGeneration); err != nil {
		return 0, 0, err
	}
	lanes, err = read(d.lib, width, d.device.GetCurrPcieLinkWidth)
	return gen, lanes, err
}
