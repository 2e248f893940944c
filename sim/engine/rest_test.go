package engine

import (
	"slices"
	"testing"
	"time"

	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
	"vsim/sim/engine/workload"
)

// A closed loop of one client that thinks for so long: its worker idles meanwhile, and each request takes as much longer as the
// curve says.
func TestRestedWorkersTakeLonger(t *testing.T) {
	rest := Rest{{IdleNs: 2e6, ExtraNs: 1e5}, {IdleNs: 10e6, ExtraNs: 5e5}}
	for think, extra := range map[time.Duration]float64{0: 0, time.Millisecond: 0.5e5, 2 * time.Millisecond: 1e5, 6 * time.Millisecond: 3e5, time.Second: 5e5} {
		sys := queue(1, Source{Clients: 1, Think: must(random.Constant(float64(think)))}, must(random.Constant(1e6)))
		sys.Pools[0].Steps[0].Rest = []Rest{rest}
		left := departures(t, newRun(t, sys, 0), 10)
		if got, want := left[9].at-left[8].at, int64(1e6+extra)+int64(think); got != want {
			t.Errorf("think time %v: %d ns a request, want %d", think, got, want)
		}
	}
}

// Each class has its own curve.
func TestRestByClass(t *testing.T) {
	sys := queue(1, Source{Clients: 1, Think: must(random.Constant(1e6))}, must(random.Constant(1e6)))
	sys.Classes = []Class{{Name: "a", Weight: 1e-9}, {Name: "b", Weight: 1}}
	sys.Pools[0].Steps[0].Rest = []Rest{{{1e6, 7e5}}, {{1e6, 3e5}}}
	left := departures(t, newRun(t, sys, 0), 3)
	if got := left[2].at - left[1].at; got != 2_300_000 {
		t.Errorf("%d ns a request, want 2,300,000", got)
	}
}

// A worker without a pause takes as much longer as the point at 0 says.
func TestRestInTurn(t *testing.T) {
	for think, extra := range map[time.Duration]int64{0: 1e5, time.Millisecond: 2e5, time.Second: 3e5} {
		sys := queue(1, Source{Clients: 1, Think: must(random.Constant(float64(think)))}, must(random.Constant(1e6)))
		sys.Pools[0].Steps[0].Rest = []Rest{{{0, 1e5}, {2e6, 3e5}}}
		left := departures(t, newRun(t, sys, 0), 10)
		if got, want := left[9].at-left[8].at, 1e6+extra+int64(think); got != want {
			t.Errorf("think time %v: %d ns a request, want %d", think, got, want)
		}
	}
}

// Workers that rest together are rested when none of them was busy: of two requests at once only the first takes longer, where each of
// two workers would.
func TestRestTogether(t *testing.T) {
	arrivals, err := workload.Replay(workload.Trace{Times: []event.Time{0, 10e6, 10e6}})
	if err != nil {
		t.Fatal(err)
	}
	for together, want := range map[bool]int64{false: 1_300_000, true: 1_000_000} {
		sys := queue(2, Source{Arrivals: arrivals}, must(random.Constant(1e6)))
		sys.Pools[0].Steps[0].Rest = []Rest{{{2e6, 3e5}}}
		sys.Pools[0].RestTogether = together
		left := departures(t, newRun(t, sys, 0), 3)
		slices.SortFunc(left, func(a, b departure) int { return int(a.at - b.at) })
		if first, last := left[1].at-10_000_000, left[2].at-10_000_000; first != want || last != 1_300_000 {
			t.Errorf("together %v: the second of two at once takes %d ns, want %d, and the first %d, want 1,300,000", together, first, want, last)
		}
	}
}

// Of a pause in which others kept a core busy counts what is known of that, of one in which they did for a part of it both, each by its
// part: one client goes from the worker to another pool, which works for 2 ms or waits off the cores, and thinks.
func TestRestBesideOthers(t *testing.T) {
	for _, c := range []struct {
		works, waits, thinks time.Duration
		extra                int64
	}{
		{2 * time.Millisecond, 0, 0, 1e5}, {0, 2 * time.Millisecond, 0, 5e5}, {time.Millisecond, 0, time.Millisecond, 3e5},
		{0, time.Millisecond, time.Millisecond, 5e5}, {time.Millisecond, 3 * time.Millisecond, 0, 4e5},
	} {
		sys := tandem(Source{Clients: 1, Think: must(random.Constant(float64(c.thinks)))}, []Resource{cores(2), unshared()},
			Pool{Name: "rests", Workers: 1, Steps: []Step{on(0, 0, one(constant(time.Millisecond)))}},
			Pool{Name: "other", Workers: 1, Steps: []Step{on(0, 0, one(constant(c.works))), on(1, 0, one(constant(c.waits)))}})
		sys.Pools[0].Steps[0].Rest, sys.Pools[0].Steps[0].RestBeside = []Rest{{{2e6, 5e5}}}, []Rest{{{2e6, 1e5}}}
		left := departures(t, newRun(t, sys, 0), 10)
		if got, want := left[9].at-left[8].at, int64(time.Millisecond+c.works+c.waits+c.thinks)+c.extra; got != want {
			t.Errorf("%+v: %d ns a request, want %d", c, got, want)
		}
	}
}
