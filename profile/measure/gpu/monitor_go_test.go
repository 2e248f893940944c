//go:build nvml && cgo && linux

package gpu

import (
	"fmt"
	"strings"
	"testing"

	"vsim/profile"
	"vsim/profile/device/gpu/fakegpu"
	"vsim/profile/measure/input"
)

// Heat, or a process that came later, disturbs the GPU, and is said by name; the power cap is how the card
// runs: noted, no more.
func TestADisturbedGPUIsNoticed(t *testing.T) {
	fake, cfg := fakeConfig(t)
	g := openTarget(t, cfg)
	for _, c := range []struct {
		reasons   uint64
		processes int
		want      string
	}{{0x20, 1, "the GPU's software thermal slowdown"}, {0, 3, "2 more processes on the GPU"}, {0x4, 1, ""}} {
		fake.State(c.reasons, c.processes)
		if cause, err := g.Disturbed(); cause != c.want || err != nil {
			t.Errorf("disturbed by %q, %v, want %q", cause, err, c.want)
		}
	}
	if g.seen.disturbed != 2 || g.seen.reasons&4 == 0 {
		t.Errorf("seen %+v", g.seen)
	}
}

// What NVML stops telling does not disturb: neither a process count nor a clock of 0 is a change.
func TestWhatIsNotToldDoesNotDisturb(t *testing.T) {
	fake, cfg := fakeConfig(t)
	fake.State(0, 2)
	fake.FailOnce("nvmlDeviceGetComputeRunningProcesses_v3", 999, 0) // the look before measuring
	g := openTarget(t, cfg)
	fake.Fail("nvmlDeviceGetClockInfo", 15, 0)
	for range 2 {
		if cause, err := g.Disturbed(); cause != "" || err != nil {
			t.Errorf("disturbed by %q, %v", cause, err)
		}
	}
	if g.seen.clockLow != 1500 || g.seen.processes != 2 {
		t.Errorf("seen %+v", g.seen)
	}
	fake.State(0, 3)
	if cause, _ := g.Disturbed(); cause != "1 more processes on the GPU" {
		t.Errorf("disturbed by %q", cause)
	}
}

// With NVML a profile has the energy of the idle GPU and of each load. The fake draws 100 W whatever it does,
// so that jobs cost nothing above idle, up to its counter's steps.
func TestAProfileHasEnergy(t *testing.T) {
	_, cfg := fakeConfig(t)
	p := measured(t, cfg)
	if len(p.Energy) < 6 || p.Energy[0].Stage != "idle" || p.Energy[0].Watts < 50 || p.Energy[0].Watts > 200 {
		t.Errorf("energy %+v", p.Energy)
	}
	notes := strings.Join(p.Provenance.Notes, "; ")
	if !strings.Contains(notes, "the GPU during measuring: 1500 to 1500 MHz, at most 40 °C, clock held down by: nothing") || strings.Contains(notes, "NVML") {
		t.Errorf("notes %s", notes)
	}
	if p.Provenance.Libraries["driver"] != "000.00 (fake)" {
		t.Errorf("libraries %v", p.Provenance.Libraries)
	}
}

// Whatever NVML refuses, with any code: the profile has all services, and for each call one note that names
// it and the code.
func TestWhateverNVMLRefusesIsANote(t *testing.T) {
	dir := t.TempDir()
	for lacks, functions := range map[string][]string{
		"energy state driver": {"nvmlInit_v2"},
		"driver state energy": {"nvmlDeviceGetHandleByPciBusId_v2"},
		"state":               {"nvmlDeviceGetClockInfo", "nvmlDeviceGetTemperature", "nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetComputeRunningProcesses_v3"},
		"energy driver":       {"nvmlDeviceGetTotalEnergyConsumption", "nvmlSystemGetDriverVersion"},
	} {
		for _, code := range []int{1, 3, 4, 15, 999} {
			t.Run(fmt.Sprint(functions[0], " ", code), func(t *testing.T) {
				fake := fakegpu.Use(t)
				for _, function := range functions {
					fake.Fail(function, code, 0)
				}
				fewest := Selection{Selection: input.Selection{Models: []string{fakegpu.Model(t)}, Batches: []int{1}}}
				p := measured(t, configOf(t, fakegpu.Open(t), fewest, dir))
				if !p.Provenance.Complete || p.Find(profile.Key{Stage: "infer", Resource: "gpu", Model: "tiny", Batch: 1}) == nil {
					t.Errorf("complete: %v, services %v", p.Provenance.Complete, p.Services)
				}
				notes := strings.Join(p.Provenance.Notes, "; ") + ";"
				for _, function := range functions {
					if n := strings.Count(notes, "NVML: "+function+": "); n != 1 {
						t.Errorf("%d notes of %s: %s", n, function, notes)
					}
				}
				if n := strings.Count(notes, fmt.Sprintf("(%d);", code)); n != len(functions) {
					t.Errorf("%d notes of code %d: %s", n, code, notes)
				}
				checkHas(t, p, lacks)
			})
		}
	}
}

// checkHas checks that a profile has what NVML tells, but for what it lacks.
func checkHas(t *testing.T, p *profile.Profile, lacks string) {
	t.Helper()
	for what, has := range map[string]bool{
		"energy": len(p.Energy) > 0, "driver": p.Provenance.Libraries["driver"] != "",
		"state": strings.Contains(strings.Join(p.Provenance.Notes, "; "), "the GPU during measuring: "),
	} {
		if has == strings.Contains(lacks, what) {
			t.Errorf("%s is there: %v; notes %q", what, has, p.Provenance.Notes)
		}
	}
}

// A counter that fails in the middle leaves the energy that was measured before.
func TestEnergyThatEndsInTheMiddle(t *testing.T) {
	fake, cfg := fakeConfig(t)
	fake.Fail("nvmlDeviceGetTotalEnergyConsumption", 15, 20) // each of the 6 loads takes 4 readings or more, the idle one 8 at most
	p := measured(t, cfg)
	loads := 0
	for _, e := range p.Energy {
		if e.Resource != onCPU {
			loads++
		}
	}
	want := fmt.Sprintf("energy is known of %d of 6 loads: NVML: nvmlDeviceGetTotalEnergyConsumption: GPU is lost (15)", loads)
	if notes := strings.Join(p.Provenance.Notes, "; "); !p.Provenance.Complete || loads < 1 || !strings.Contains(notes, want) {
		t.Errorf("complete: %v, %d loads, notes %s", p.Provenance.Complete, loads, notes)
	}
}
