package measure

import (
	"slices"
	"strings"
	"testing"
	"time"

	"vsim/profile"
	"vsim/profile/measure/machine"
)

// neighbour is a watch that always sees the same.
type neighbour machine.Use

func (n neighbour) Use() machine.Use { return machine.Use(n) }

// others is a neighbour that uses so many of two cores.
func others(cores float64) func() watch {
	return func() watch {
		return neighbour{Known: true, Elapsed: time.Second, Processors: 2, Others: cores, Steal: cores / 4}
	}
}

// beside makes the profile of a point alone and of one beside a neighbour of its own, of eight visits each.
func beside(t *testing.T, w func(visit int) func() watch) *profile.Profile {
	t.Helper()
	n := 0
	vary := func(b *Burst) error { n++; b.Keep(0, 1000+float64(n%7)); return nil }
	chain := &Chain{Keys: []profile.Key{{Stage: "vary", Resource: "cpu"}}, Job: vary}
	crew := &Crew{Stage: "nothing", Jobs: []func() error{func() error { return nil }}}
	b := open(t, Options{Burst: time.Microsecond, Precision: 1e-9}, &fakeTarget{points: []*Point{{Name: "alone", Chain: chain}, {Name: "beside", Chain: chain, Crew: crew, K: 1}}})
	for i := range 2 * minVisits {
		b.watch = w(i)
		p := b.points[i%2]
		if err := b.thread.do(func() error { return b.visit(t.Context(), p) }); err != nil {
			t.Fatal(err)
		}
	}
	return b.Profile()
}

// TestBusyNeighbourWidensIntervals: of one that used half the machine, by half of the figure to either side; the mean is what
// was seen. One that used as little as is allowed widens nothing. The profile says who it was and how busy.
func TestBusyNeighbourWidensIntervals(t *testing.T) {
	quiet, busy := beside(t, func(int) func() watch { return others(0.05) }), beside(t, func(int) func() watch { return others(1) })
	q, b := quiet.Services[0], busy.Services[0]
	if q.MeanCI95Ns[0] < 990 || q.MeanCI95Ns[1] > 1016 || b.MeanNs < 1000 || b.MeanNs > 1006 {
		t.Fatalf("quiet %v %v, busy %v", q.MeanNs, q.MeanCI95Ns, b.MeanNs)
	}
	if ci := b.MeanCI95Ns; ci[0] < 495 || ci[0] > 503 || ci[1] < 1500 || ci[1] > 1524 {
		t.Errorf("a time of about 1000 has the interval %v, want half to one and a half of it", ci)
	}
	if ci := busy.Contention[0].SlowdownCI95; ci[0] < 0.49 || ci[0] > 0.51 || ci[1] < 1.49 || ci[1] > 1.53 || busy.Contention[0].N == 0 {
		t.Errorf("a slow-down of 1 has the interval %v, want half to one and a half of it", ci)
	}
	if c := quiet.Provenance.Conditions; c.Disturbed != 0 || c.By != nil || c.Doubt() != "" {
		t.Errorf("quiet: %+v", c)
	}
	c := busy.Provenance.Conditions
	if c.Disturbed != 1 || c.OtherCores != 1 || c.StealCores != 0.25 || !slices.Equal(c.By, []string{profile.OtherProcesses}) {
		t.Errorf("busy: %+v", c)
	}
	if text := c.Doubt(); !strings.Contains(text, "other processes (1.0 cores on average) disturbed 100 % of the bursts") {
		t.Errorf("it says %q", text)
	}
	if !has(b.Warnings, "other processes") || has(q.Warnings, "other processes") {
		t.Errorf("warnings %q and %q", b.Warnings, q.Warnings)
	}
}

// TestMoreThanTheMachineIsNeverTaken: readings of clocks do not fit exactly; no interval begins below 0.
func TestMoreThanTheMachineIsNeverTaken(t *testing.T) {
	p := beside(t, func(int) func() watch { return others(3) })
	if ci := p.Services[0].MeanCI95Ns; ci[0] != 0 || ci[1] < 2000 || ci[1] > 2032 {
		t.Errorf("the interval is %v, want 0 to twice of about 1000", ci)
	}
	if c := p.Contention[0]; !c.Doubtful() {
		t.Errorf("%+v should be doubtful", c)
	}
}

// TestNeighbourForAWhileWidensLess: in a quarter of the bursts it may have taken an eighth of all.
func TestNeighbourForAWhileWidensLess(t *testing.T) {
	p := beside(t, func(i int) func() watch { return others(map[bool]float64{true: 1}[i < minVisits/2]) })
	if low := p.Services[0].MeanCI95Ns[0]; low < 7./8*990 || low > 7./8*1006 {
		t.Errorf("the interval begins at %v, want 7/8 of about 1000", low)
	}
	if c := p.Provenance.Conditions; c.Disturbed != 0.25 || c.OtherCores != 0.25 {
		t.Errorf("%+v", c)
	}
}

// TestWhatCannotBeToldIsNoDisturbance: a system without /proc/stat.
func TestWhatCannotBeToldIsNoDisturbance(t *testing.T) {
	p := beside(t, func(int) func() watch { return func() watch { return neighbour{Elapsed: time.Second} } })
	if c := p.Provenance.Conditions; c.Disturbed != 0 || c.OtherCores != 0 {
		t.Errorf("%+v", c)
	}
}

// TestDisturbanceOfTheTargetIsNamed, beside that by other processes.
func TestDisturbanceOfTheTargetIsNamed(t *testing.T) {
	b := open(t, Options{Burst: time.Microsecond, Budget: 20 * time.Millisecond}, &fakeTarget{points: []*Point{{Name: "constant", Chain: constant()}}, cause: "heat"})
	b.watch = others(0.5)
	if err := b.Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	c := b.Profile().Provenance.Conditions
	if text := c.Doubt(); !strings.Contains(text, ": heat, other processes (0.5 cores on average) disturbed 100 %") {
		t.Errorf("it says %q", text)
	}
}

// busyHelper is a target whose helper uses a core and a half of each second.
type busyHelper struct {
	fakeTarget
	used time.Duration
}

func (h *busyHelper) HelpersTime() time.Duration { h.used += 1500 * time.Millisecond; return h.used }

// TestHelpersDisturbNothing: of 1.9 cores that were used beside the bench, a helper's 1.5 are the target's own.
func TestHelpersDisturbNothing(t *testing.T) {
	h := &busyHelper{fakeTarget: fakeTarget{points: []*Point{{Name: "constant", Chain: constant()}}}}
	b, err := Open(t.Context(), Options{Burst: time.Microsecond, OthersCores: 0.5}, func() (Target, error) { return h, nil })
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	b.watch = others(1.9)
	if err := b.Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if c := b.Profile().Provenance.Conditions; c.Disturbed != 0 || c.OtherCores != 0.4 {
		t.Errorf("%+v, want 0.4 cores and no disturbance", c)
	}
}
