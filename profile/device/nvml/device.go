package nvml

import (
	"cmp"
	"errors"
	"strings"
	"unsafe"
)

// Arguments of nvml.h.
const (
	clockSM         = 1   // NVML_CLOCK_SM
	temperatureGPU  = 0   // NVML_TEMPERATURE_GPU
	notSupported    = 3   // NVML_ERROR_NOT_SUPPORTED
	noPermission    = 4   // NVML_ERROR_NO_PERMISSION
	processInfoSize = 24  // sizeof(nvmlProcessInfo_t)
	maxProcesses    = 128 // that are asked for
)

// EnergyJ is the energy that the GPU has used since the driver was loaded, in joules. The counter moves
// in steps of some tens of milliseconds.
func (d *Device) EnergyJ() (float64, error) {
	var mj uint64
	err := d.lib.call("nvmlDeviceGetTotalEnergyConsumption", d.handle, uintptr(unsafe.Pointer(&mj)))
	return float64(mj) / 1e3, err
}

// PowerWatts is what the whole board draws now.
func (d *Device) PowerWatts() (float64, error) { return d.thousandths("nvmlDeviceGetPowerUsage") }

func (d *Device) thousandths(function string) (float64, error) {
	n, err := d.number(function)
	return float64(n) / 1e3, err
}

func (d *Device) number(function string) (uint32, error) {
	var n uint32
	err := d.lib.call(function, d.handle, uintptr(unsafe.Pointer(&n)))
	return n, err
}

// State is how the GPU is doing at one moment. What a card does not tell is zero.
type State struct {
	ClockMHz     int // of the multiprocessors
	TemperatureC int
	Reasons      Reasons // why the clock is not higher
	Processes    int     // that compute on it, this one included
}

// State reads the state.
func (d *Device) State() (State, error) {
	var s State
	var clock, temperature uint32
	err := cmp.Or(
		optional(d.lib.call("nvmlDeviceGetClockInfo", d.handle, clockSM, uintptr(unsafe.Pointer(&clock)))),
		optional(d.lib.call("nvmlDeviceGetTemperature", d.handle, temperatureGPU, uintptr(unsafe.Pointer(&temperature)))),
		optional(d.lib.call("nvmlDeviceGetCurrentClocksThrottleReasons", d.handle, uintptr(unsafe.Pointer(&s.Reasons)))),
		optional(d.processes(&s.Processes)),
	)
	s.ClockMHz, s.TemperatureC = int(clock), int(temperature)
	return s, err
}

// processes counts the processes with a context on the GPU. (Which of them is this one cannot be told in
// a container: their numbers are the host's.)
func (d *Device) processes(n *int) error {
	count := uint32(maxProcesses)
	infos := make([]byte, maxProcesses*processInfoSize)
	err := d.lib.call("nvmlDeviceGetComputeRunningProcesses_v3", d.handle, uintptr(unsafe.Pointer(&count)), uintptr(unsafe.Pointer(&infos[0])))
	*n = int(count)
	return err
}

// optional forgives what a card, or a container, does not let one read.
func optional(err error) error {
	var e *Error
	if errors.As(err, &e) && (e.Code == notSupported || e.Code == noPermission) {
		return nil
	}
	return err
}

// PCIe is the link's generation and number of lanes as they are now: an idle card lowers them.
func (d *Device) PCIe() (generation, lanes int, err error) {
	g, errG := d.number("nvmlDeviceGetCurrPcieLinkGeneration")
	w, errW := d.number("nvmlDeviceGetCurrPcieLinkWidth")
	return int(g), int(w), cmp.Or(optional(errG), optional(errW))
}

// Reasons are bits that say why the clock is not higher (nvmlClocksEventReasons).
type Reasons uint64

var reasonNames = []struct {
	bit      Reasons
	name     string
	disturbs bool // the GPU is slower than it would be at its best
}{
	{0x001, "idle", false},
	{0x002, "application clocks", false}, // a setting of the card: it holds all the time
	{0x004, "power cap", false},          // how the card runs every load that reaches its limit
	{0x008, "hardware slowdown", true},
	{0x010, "sync boost", false},
	{0x020, "software thermal slowdown", true},
	{0x040, "hardware thermal slowdown", true},
	{0x080, "power brake", true},
	{0x100, "display clock", false},
}

// Disturbing are those reasons that make a measurement slower than the card is: heat, a power brake, a
// hardware slowdown.
func (r Reasons) Disturbing() Reasons {
	var out Reasons
	for _, n := range reasonNames {
		if n.disturbs {
			out |= r & n.bit
		}
	}
	return out
}

func (r Reasons) String() string {
	var out []string
	for _, n := range reasonNames {
		if r&n.bit != 0 {
			out = append(out, n.name)
		}
	}
	return strings.Join(out, ", ")
}
