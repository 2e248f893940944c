package profile

import (
	"reflect"
	"strings"
	"testing"
)

// drifting is a valid drift of n points, one a second.
func drifting(n int) *Drift {
	d := &Drift{Job: "a job", JobNs: 8e5}
	for i := range n {
		d.AtS, d.Speed = append(d.AtS, float64(i)+0.5), append(d.Speed, 1)
	}
	return d
}

// disturbed is sample with all that is known of how the machine was.
func disturbed() *Profile {
	p := sample()
	p.Drift = drifting(3)
	p.Drift.Speed = []float64{1.1, 0.9, 1}
	p.Provenance.Conditions = Conditions{OtherCores: 0.9, StealCores: 0.1, Disturbed: 0.75, By: []string{OtherProcesses}, ClockMHz: []float64{2000, 2100}, TemperatureC: []float64{40, 62.5}}
	return p
}

func TestDriftAndConditionsAreReadBackAsTheyWere(t *testing.T) {
	p := disturbed()
	got, err := Parse("p.toml", []byte(text(t, p)))
	if err != nil || !reflect.DeepEqual(got, p) {
		t.Errorf("error %v, read\n%+v\nwritten\n%+v", err, got, p)
	}
}

// TestDriftThatIsCutOffIsNoticed cuts the file after every byte.
func TestDriftThatIsCutOffIsNoticed(t *testing.T) {
	whole := text(t, disturbed())
	for n := range len(whole) {
		if _, err := Parse("cut.toml", []byte(whole[:n])); err == nil {
			t.Fatalf("cut after %d of %d bytes and accepted; missing: %.60q", n, len(whole), whole[n:])
		}
	}
}

func TestWrongDriftIsRefusedInPlainWords(t *testing.T) {
	good := text(t, disturbed())
	for _, c := range []struct{ old, new, want string }{
		{`job = "a job"`, `job = ""`, `drift.job = "": must be named`},
		{"job_ns = 800000.0", "job_ns = 0.0", "drift.job_ns = 0: must be above 0"},
		{"speed = [1.1, 0.9, 1.0]", "speed = [1.1, 0.9]", "3 times in at_s but 2 in speed"},
		{"speed = [1.1, 0.9, 1.0]", "speed = [1.1, nan, 1.0]", "drift.speed.1 = NaN: must be a number"},
		{"at_s = [0.5, 1.5, 2.5]", "at_s = [0.5, 3.5, 2.5]", "drift.at_s.2 = 2.5: must ascend: the one before it is 3.5"},
		{"at_s = [0.5, 1.5, 2.5]", "at_s = [nan, 1.5, 2.5]", "drift.at_s.0 = NaN: must be a number"},
		{"at_s = [0.5, 1.5, 2.5]", "at_s = [0.5, 1.5, inf]", "drift.at_s.2 = +Inf: must be a number"},
		{"at_s = [0.5, 1.5, 2.5]\nspeed = [1.1, 0.9, 1.0]", "at_s = []\nspeed = []", "at least one"},
		{"disturbed = 0.75", "disturbed = 1.5", "provenance.disturbed = 1.5: must be at most 1"},
		{"other_cores = 0.9", "other_cores = -1.0", "provenance.other_cores = -1: must be at least 0"},
		{"steal_cores = 0.1", "steal_cores = nan", "provenance.steal_cores = NaN: must be a number"},
		{"clock_mhz = [2000.0", "clock_mhz = [inf", "provenance.clock_mhz.0 = +Inf: must be a number"},
	} {
		bad := strings.Replace(good, c.old, c.new, 1)
		if bad == good {
			t.Fatalf("%q is not in the file:\n%s", c.old, good)
		}
		if _, err := Parse("bad.toml", []byte(bad)); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v should say %q", c.new, err, c.want)
		}
	}
}

// TestMergeKeepsTheLongerDrift and the worse conditions, and shares nothing with its parts.
func TestMergeKeepsTheLongerDrift(t *testing.T) {
	cpu, gpu := disturbed(), gpuSample()
	gpu.Drift = drifting(9)
	gpu.Provenance.Conditions = Conditions{OtherCores: 0.2, Disturbed: 0.1, By: []string{"heat"}, ClockMHz: []float64{1, 2}}
	for _, order := range [][]*Profile{{cpu, gpu}, {gpu, cpu}} {
		p, err := Merge(order...)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(p.Drift, gpu.Drift) {
			t.Errorf("drift %+v", p.Drift)
		}
		c := p.Provenance.Conditions
		if c.OtherCores != 0.9 || c.Disturbed != 0.75 || !reflect.DeepEqual(c.By, []string{"heat", OtherProcesses}) || !reflect.DeepEqual(c.TemperatureC, []float64{40, 62.5}) ||
			!reflect.DeepEqual(c.ClockMHz, order[0].Provenance.ClockMHz) {
			t.Errorf("conditions %+v", c)
		}
		p.Drift.Speed[0], p.Provenance.By[0], p.Provenance.ClockMHz[0] = 7, "x", 7
	}
	if gpu.Drift.Speed[0] == 7 || cpu.Provenance.By[0] == "x" || gpu.Provenance.By[0] == "x" || cpu.Provenance.ClockMHz[0] == 7 {
		t.Error("the merged profile shares memory with its parts")
	}
	if p, err := Merge(sample(), disturbed().Without(sample())); err != nil || !reflect.DeepEqual(p.Drift, disturbed().Drift) {
		t.Errorf("error %v, drift %+v of the part that has one", err, p.Drift)
	}
}

// TestDoubtBeginsWhereItMatters: a burst in a hundred is for the figures' own warnings.
func TestDoubtBeginsWhereItMatters(t *testing.T) {
	for part, said := range map[float64]bool{0: false, 0.01: false, 0.05: false, 0.06: true, 1: true} {
		c := Conditions{Disturbed: part, OtherCores: 0.4, By: []string{OtherProcesses}}
		if got := c.Doubt(); (got != "") != said {
			t.Errorf("disturbed %v: %q", part, got)
		}
	}
}

// A machine that was slower than usual says nothing of a neighbour that nobody has seen.
func TestSlowerHostIsNoNeighbour(t *testing.T) {
	slower := &Conditions{Disturbed: 0.31, By: []string{SlowerHost}}
	if got := slower.Doubt(); !strings.HasPrefix(got, "was measured while the machine was slower than usual at times, which disturbed 31 % of") || strings.Contains(got, "neighbour") {
		t.Error(got)
	}
	both := &Conditions{Disturbed: 0.31, By: []string{SlowerHost, OtherProcesses}, OtherCores: 0.5}
	if got := both.Doubt(); !strings.Contains(got, "beside a busy neighbour: a slower host, other processes (0.5 cores on average) disturbed 31 %") {
		t.Error(got)
	}
}

func TestDriftIsSaidWhereItMatters(t *testing.T) {
	for want, speeds := range map[string][]float64{
		"":                  {0.97, 1.03, 1, 1},
		"from 0.80 to 1.15": {0.8, 1.05, 1.15, 1},
	} {
		d := drifting(len(speeds))
		d.Speed = speeds
		if got := d.Doubt(); !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%v: %q, want %q", speeds, got, want)
		}
	}
	if got := (*Drift)(nil).Doubt() + drifting(1).Doubt(); got != "" {
		t.Errorf("of what nobody watched, or once: %q", got)
	}
}
