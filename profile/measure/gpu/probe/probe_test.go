package probe

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"vsim/profile/device/gpu"
	"vsim/profile/device/gpu/fakegpu"
)

// ask probes the fake GPU with a small network.
func ask(t *testing.T, d *gpu.Device) map[string]Answer {
	t.Helper()
	out := map[string]Answer{}
	err := Run(t.Context(), d, []string{fakegpu.Model(t)}, t.TempDir(), func(a Answer) { out[a.Probe] = a })
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// value is a figure by the end of its name.
func (a Answer) value(end string) (float64, bool) {
	at := slices.IndexFunc(a.Figures, func(f Figure) bool { return strings.HasSuffix(f.Name, end) })
	if at < 0 {
		return 0, false
	}
	return a.Figures[at].Value, true
}

// The price of a change of the batch size is what planning takes, and sessions with a size each pay it once.
func TestPlanSwitchIsWhatPlanningTakes(t *testing.T) {
	fake, d := fakegpu.Device(t)
	const planning = 30 * time.Millisecond
	fake.Planning(planning)
	answers := ask(t, d)
	for _, c := range []struct{ probe, figure string }{
		{"plan switch", "batch 1, more after the other size"}, {"plan switch", "batch 8, more after the other size"}, {"set-up", "batch 4, more on the first run"},
	} {
		if ms, ok := answers[c.probe].value(c.figure); !ok || ms < 0.8*float64(planning)/1e6 {
			t.Errorf("%s, %s: %v ms, want about %v: %+v", c.probe, c.figure, ms, planning, answers[c.probe])
		}
	}
}

// A network that takes long to plan is not switched as often: an H200 takes 2.4 s for each of TinyViT's plans.
func TestPlanSwitchesEndInTime(t *testing.T) {
	fake, d := fakegpu.Device(t)
	release, err := d.Bind()
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	plans := func() (n int) {
		for _, e := range fake.Events() {
			if e.What == fakegpu.Plan {
				n++
			}
		}
		return n
	}
	for limit, want := range map[time.Duration]int{0: 4, time.Hour: 2 + 2*runs} { // two to begin with, and one of each size
		a, before := Answer{}, plans()
		if err := planSwitch(t.Context(), &bench{device: d, cacheDir: t.TempDir(), switchTime: limit}, fakegpu.Model(t), &a); err != nil {
			t.Fatal(err)
		}
		if n := plans() - before; n != want || len(a.Figures) != 4 {
			t.Errorf("within %v: %d plans, want %d; figures %+v", limit, n, want, a.Figures)
		}
	}
}

// Every question has an answer with figures; the engines are told apart from the multiprocessors.
func TestEveryQuestionIsAnswered(t *testing.T) {
	fakegpu.Use(t).Engines(7)
	d := fakegpu.Open(t)
	answers := ask(t, d)
	for _, p := range probes {
		if a := answers[p.name]; a.Error != "" || len(a.Figures)+len(a.Notes) == 0 {
			t.Errorf("%s: %+v", p.name, a)
		}
	}
	for _, figure := range []string{"hardware engines, small, batch 8", "multiprocessors, medium, batch 1, more the first time"} {
		if _, ok := answers["jpeg"].value(figure); !ok {
			t.Errorf("no %q: %+v", figure, answers["jpeg"])
		}
	}
	if grey, ok := answers["jpeg"].value("hardware engines, medium, from the CPU's on average"); !ok || grey > 1 {
		t.Errorf("%v grey levels", grey)
	}
	// The fake spoils a capture beside which another thread takes memory, as the real driver does.
	if notes := strings.Join(answers["capture"].Notes, "; "); !strings.Contains(notes, "the capture failed: ") && !strings.Contains(notes, "the other thread failed: ") {
		t.Errorf("notes %q", notes)
	}
	if n, _ := answers["jpeg"].value("JPEG engines in use"); n != 7 {
		t.Errorf("%v engines", n)
	}
}

// A question that fails says why, and the others are asked.
func TestAFailingQuestionDoesNotStopTheOthers(t *testing.T) {
	fake, d := fakegpu.Device(t)
	fake.Fail("CreateSession", 1, 0)
	answers := ask(t, d)
	if len(answers) != len(probes) || !strings.Contains(answers["plan switch"].Error, "injected failure") || answers["jpeg"].Error != "" {
		t.Errorf("%+v", answers)
	}
}

func TestProbesAreInterruptible(t *testing.T) {
	_, d := fakegpu.Device(t)
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	err := Run(ctx, d, []string{fakegpu.Model(t)}, t.TempDir(), func(Answer) { n++; cancel() })
	if !errors.Is(err, context.Canceled) || n != 1 {
		t.Errorf("%d answers, error %v", n, err)
	}
}
