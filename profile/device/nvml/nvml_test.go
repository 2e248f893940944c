package nvml_test

import (
	"errors"
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
	s, err := d.State()
	if want := (nvml.State{ClockMHz: 1500, TemperatureC: 40, Reasons: 0x21, Processes: 3}); s != want || err != nil {
		t.Errorf("%+v, %v; want %+v", s, err, want)
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

// Heat and brakes disturb a measurement; idling, the card's settings and its power limit do not.
func TestDisturbingReasons(t *testing.T) {
	all := nvml.Reasons(0x1ff)
	if got := all.Disturbing(); got != 0x8|0x20|0x40|0x80 {
		t.Errorf("%#x: %v", uint64(got), got)
	}
	if got := nvml.Reasons(0x48).String(); got != "hardware slowdown, hardware thermal slowdown" {
		t.Errorf("%q", got)
	}
}

// A card that does not tell its temperature is still described; a lost one is an error.
func TestWhatACardDoesNotTellIsZero(t *testing.T) {
	g, d := device(t)
	g.Fail("nvmlDeviceGetTemperature", 3, 0)
	if s, err := d.State(); err != nil || s.TemperatureC != 0 || s.ClockMHz != 1500 {
		t.Errorf("%+v, %v", s, err)
	}
	g.Fail("nvmlDeviceGetClockInfo", 15, 0)
	var e *nvml.Error
	if _, err := d.State(); !errors.As(err, &e) || e.Error() != "NVML: nvmlDeviceGetClockInfo: GPU is lost (15)" {
		t.Errorf("error %v", err)
	}
}

// After a failed Init there is nothing that could be called.
func TestFailedInit(t *testing.T) {
	g := fakegpu.Use(t)
	g.Fail("nvmlInit_v2", 9, 0)
	if l, err := nvml.Open(g.Path); l != nil || err == nil || !strings.Contains(err.Error(), "nvmlInit_v2: Driver Not Loaded") {
		t.Errorf("%v, %v", l, err)
	}
	if _, err := nvml.Open(fakegpu.Empty(t)); err == nil || !strings.Contains(err.Error(), "NVML: ") {
		t.Errorf("error %v", err)
	}
}
