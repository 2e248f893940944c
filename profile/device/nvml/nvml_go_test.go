//go:build nvml && cgo && linux

package nvml_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"vsim/profile/device/gpu/fakegpu"
	"vsim/profile/device/nvml"
)

func device(t *testing.T) (*fakegpu.GPU, *nvml.Device) {
	t.Helper()
	g := fakegpu.Use(t)
	l, err := nvml.Open(g.Path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	if v, err := l.DriverVersion(); v != "000.00 (fake)" || err != nil {
		t.Errorf("driver %q, %v", v, err)
	}
	d, err := l.Device("0000:01:00.0")
	if err != nil {
		t.Fatal(err)
	}
	return g, d
}

func TestWhatAFakeGPUSays(t *testing.T) {
	g, d := device(t)
	g.State(0x1|0x20, 3)
	s, unread := d.State()
	if want := (nvml.State{ClockMHz: 1500, TemperatureC: 40, Reasons: 0x21, ReasonsKnown: true, Processes: 3}); s != want || unread != nil {
		t.Errorf("%+v, %v; want %+v", s, unread, want)
	}
	power, err1 := d.PowerWatts()
	generation, lanes, err2 := d.PCIe()
	if err := errors.Join(err1, err2); err != nil || power != 100 || generation != 5 || lanes != 16 {
		t.Errorf("%v W, PCIe %d x%d, %v", power, generation, lanes, err)
	}
}

// The counter is joules: a GPU that draws 100 W uses 100 J in a second, up to the counter's steps of 20 ms.
func TestEnergyIsInJoules(t *testing.T) {
	_, d := device(t)
	began := time.Now()
	before, err := d.EnergyJ()
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(60 * time.Millisecond)
	after, err := d.EnergyJ()
	elapsed := time.Since(began).Seconds()
	if used := after - before; err != nil || used < 100*0.04-1e-6 || used > 100*(elapsed+0.02)+1e-6 {
		t.Errorf("%v J in %v s (%v)", used, elapsed, err)
	}
}

// What cannot be read, whatever the reason, is zero and said; all else is still read. (The library's words
// for its codes are the fake's.)
func TestWhatCannotBeReadIsZeroAndSaid(t *testing.T) {
	g, d := device(t)
	whole := nvml.State{ClockMHz: 1500, TemperatureC: 40, Reasons: 0x4, ReasonsKnown: true, Processes: 2}
	for function, forget := range map[string]func(*nvml.State){
		"nvmlDeviceGetClockInfo":                  func(s *nvml.State) { s.ClockMHz = 0 },
		"nvmlDeviceGetTemperature":                func(s *nvml.State) { s.TemperatureC = 0 },
		"nvmlDeviceGetCurrentClocksEventReasons":  func(s *nvml.State) { s.Reasons, s.ReasonsKnown = 0, false },
		"nvmlDeviceGetComputeRunningProcesses_v3": func(s *nvml.State) { s.Processes = 0 },
	} {
		for code, words := range map[int]string{1: "Uninitialized", 3: "Not Supported", 4: "Insufficient Permissions", 15: "GPU is lost", 999: "Unknown Error"} {
			g.Heal()
			g.State(0x4, 2)
			g.Fail(function, code, 0)
			want := whole
			forget(&want)
			s, unread := d.State()
			if text := fmt.Sprintf("[NVML: %s: %s (%d)]", function, words, code); s != want || fmt.Sprint(unread) != text {
				t.Errorf("%+v, %v; want %+v, %s", s, unread, want, text)
			}
		}
	}
}

// A number that NVML refuses is an error with its code.
func TestRefusedNumbers(t *testing.T) {
	g, d := device(t)
	for function, call := range map[string]func() error{
		"nvmlDeviceGetTotalEnergyConsumption": func() error { _, err := d.EnergyJ(); return err },
		"nvmlDeviceGetPowerUsage":             func() error { _, err := d.PowerWatts(); return err },
		"nvmlDeviceGetCurrPcieLinkGeneration": func() error { _, _, err := d.PCIe(); return err },
		"nvmlDeviceGetCurrPcieLinkWidth":      func() error { _, _, err := d.PCIe(); return err },
	} {
		g.Heal()
		g.Fail(function, 15, 0)
		var e *nvml.Error
		if err := call(); !errors.As(err, &e) || *e != (nvml.Error{Call: function, Code: 15, Text: "GPU is lost"}) {
			t.Errorf("%s: error %v", function, err)
		}
	}
}

// After a failed Init, or with a library that is none of NVML's, there is nothing that could be called. (In
// go-nvml such a call would end the process.)
func TestFailedInit(t *testing.T) {
	g := fakegpu.Use(t)
	g.Fail("nvmlInit_v2", 9, 0)
	if l, err := nvml.Open(g.Path); l != nil || err == nil || err.Error() != "NVML: nvmlInit_v2: Driver Not Loaded (9)" {
		t.Errorf("%v, %v", l, err)
	}
	if l, err := nvml.Open(fakegpu.Empty(t)); l != nil || err == nil || !strings.Contains(err.Error(), "has no nvmlDeviceGetHandleByPciBusId_v2, nvmlErrorString, nvmlInit_v2, nvmlShutdown") {
		t.Errorf("%v, %v", l, err)
	}
	if l, err := nvml.Open("/no/such/library"); l != nil || err == nil || !strings.Contains(err.Error(), "NVML: cannot load /no/such/library") {
		t.Errorf("%v, %v", l, err)
	}
	g.Heal()
	l, err := nvml.Open(g.Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// A library can be closed and opened again: it stays where the loader has put its functions.
func TestOpenedAgain(t *testing.T) {
	for range 2 {
		t.Run("", func(t *testing.T) {
			_, d := device(t)
			if watts, err := d.PowerWatts(); watts != 100 || err != nil {
				t.Errorf("%v W, %v", watts, err)
			}
		})
	}
}
