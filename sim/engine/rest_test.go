package engine

import (
	"math"
	"slices"
	"testing"
	"time"

	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
	"vsim/sim/engine/recency"
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

// What a pause costs fades while the worker goes on without one: of three requests at once after a pause of 10 ms the first takes all of it longer, the
// others what is left after the work before, half of it after half of that time. A short pause that costs less than is left makes no difference.
func TestRestFades(t *testing.T) {
	arrivals, err := workload.Replay(workload.Trace{Times: []event.Time{0, 11e6, 11e6, 11e6, 15e6}})
	if err != nil {
		t.Fatal(err)
	}
	sys := queue(1, Source{Arrivals: arrivals}, must(random.Constant(1e6)))
	sys.Pools[0].Steps[0].Rest, sys.Pools[0].Steps[0].RestHalfNs = []Rest{{{IdleNs: 10e6, ExtraNs: 5e5}}}, 1.5e6
	left := departures(t, newRun(t, sys, 0), 5)
	at := event.Time(11e6)
	for i, worked := range []float64{0, 1.5e6, 2.75e6} {
		at += 1e6 + event.Time(5e5/(1+worked/1.5e6))
		if got := event.Time(left[i+1].at); got != at {
			t.Errorf("request %d leaves at %d, want %d", i+1, got, at)
		}
	}
	worked := float64(at - 11e6)
	if pause := float64(15e6-at) / 10e6; pause > 1/(1+worked/1.5e6) {
		t.Fatalf("the pause of %v costs more", pause)
	}
	if got, want := event.Time(left[4].at), 16e6+event.Time(5e5/(1+worked/1.5e6)); got != want {
		t.Errorf("the last leaves at %d, want %d", got, want)
	}
}

// A batch of another size than its worker's last one takes longer, by its own size, and what that costs fades like what a pause does.
func TestBatchesOfAnotherSize(t *testing.T) {
	arrivals, err := workload.Replay(workload.Trace{Times: []event.Time{0, 1e9, 2e9, 2e9, 3e9, 3e9, 4e9}})
	if err != nil {
		t.Fatal(err)
	}
	for half, fourth := range map[float64]event.Time{0: 0, 1.2e6: 1e5} {
		sys := queue(1, Source{Arrivals: arrivals}, must(random.Constant(1e6)))
		sys.Pools[0].Batch = Batch{Max: 2, Delay: 10 * time.Microsecond}
		step := &sys.Pools[0].Steps[0]
		step.Service.At = [][]*random.Sampler{{must(random.Constant(1e6)), must(random.Constant(1e6))}}
		step.Rest, step.RestHalfNs, step.Change = []Rest{{}}, half, []float64{5e5, 2e5}
		left := departures(t, newRun(t, sys, 0), 7)
		for i, want := range map[int]event.Time{0: 1_010_000, 1: 1_001_010_000, 3: 2_001_200_000, 5: 3_001_000_000 + fourth, 6: 4_001_510_000} {
			if got := event.Time(left[i].at); got != want {
				t.Errorf("half %v: request %d leaves at %d, want %d", half, i, got, want)
			}
		}
	}
}

// A job that comes after a pause takes longer while others work, unless they have all cores, and so does the one that works: that of the other pool, or the next
// one of a worker that has just woken the other pool's.
func TestWakingUpBesideOthers(t *testing.T) {
	const ms = 1_000_000
	arrivals, err := workload.Replay(workload.Trace{Times: []event.Time{1 * ms, 6 * ms, 30 * ms, 60 * ms, 60 * ms, 60 * ms}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		cores   float64
		perCore bool
		beside  event.Time
	}{{2, false, 0.1 * ms}, {2, true, 0.1 * ms}, {1, false, 0}, {1, true, 0}} {
		sys := tandem(Source{Arrivals: arrivals}, []Resource{cores(c.cores)},
			Pool{Name: "works", Workers: 1, Steps: []Step{on(0, 0, one(constant(time.Millisecond)))}},
			Pool{Name: "goes on", Workers: 1, Steps: []Step{on(0, 0, one(constant(10*time.Millisecond)))}})
		sys.Resources[0].PerCore = c.perCore
		rest := []Rest{{{IdleNs: 1, ExtraNs: 0}}}
		sys.Pools[0].Steps[0].Rest, sys.Pools[0].Steps[0].Wake = rest, []Wake{{Beside: Extra{Ns: 0.1 * ms}, Interrupted: Extra{Ns: 0.2 * ms}}}
		sys.Pools[1].Steps[0].Rest, sys.Pools[1].Steps[0].Wake = rest, []Wake{{Interrupted: Extra{Ns: 0.5 * ms}}}
		var took, ended, left []event.Time
		r := newRun(t, sys, 0)
		r.Observe(func(e *Event) {
			if e.Kind == StepEnds && e.Pool == 0 {
				took, ended = append(took, event.Time(e.AloneNs)), append(ended, e.At)
			}
			if e.Kind == RequestLeaves {
				left = append(left, e.At)
			}
		})
		r.Until(200*ms, 1000, 1000)
		if want := []event.Time{ms, ms + c.beside, ms, ms, ms, ms}; !slices.Equal(took, want) {
			t.Errorf("%+v: took %v, want %v", c, took, want)
		}
		if want := []event.Time{2 * ms, 7.1 * ms, 31 * ms, 61 * ms, 62.2 * ms, 63.2 * ms}; c.cores == 2 && !slices.Equal(ended, want) {
			t.Errorf("%+v: ended at %v, want %v", c, ended, want)
		}
		if want := []event.Time{12.5 * ms, 22.5 * ms, 41 * ms, 71 * ms, 81 * ms, 91 * ms}; c.cores == 2 && !slices.Equal(left, want) {
			t.Errorf("%+v: requests leave at %v, want %v", c, left, want)
		}
	}
}

// Beside a worker that has worked more lately than when it was measured, waking up costs less, by the cube of how idle it was: here after 32 ms of work at once
// half as idle as one that had not worked, so an eighth.
func TestWakingUpBesideABusyWorker(t *testing.T) {
	arrivals, err := workload.Replay(workload.Trace{Times: []event.Time{recency.Half, 2*recency.Half + 1e6}})
	if err != nil {
		t.Fatal(err)
	}
	sys := tandem(Source{Arrivals: arrivals}, []Resource{cores(2)},
		Pool{Name: "works", Workers: 1, Steps: []Step{on(0, 0, one(constant(time.Millisecond)))}},
		Pool{Name: "goes on", Workers: 1, Steps: []Step{on(0, 0, one(constant(50*time.Millisecond)))}})
	rest := []Rest{{{IdleNs: 1, ExtraNs: 0}}}
	sys.Pools[0].Steps[0].Rest, sys.Pools[0].Steps[0].Wake = rest, []Wake{{Beside: Extra{Ns: 4e5, Idle: 1}}}
	sys.Pools[1].Steps[0].Rest, sys.Pools[1].Steps[0].Wake = rest, []Wake{{Interrupted: Extra{Ns: 8e5, Idle: 1}}}
	r, took, first := newRun(t, sys, 0), int64(0), event.Time(0)
	r.Observe(func(e *Event) {
		switch {
		case e.Kind == StepEnds && e.Pool == 0:
			took = e.AloneNs
		case e.Kind == RequestLeaves && first == 0:
			first = e.At
		}
	})
	r.Until(200e6, 1000, 1000)
	if longer := first - recency.Half - 51e6; longer != 1e5 {
		t.Errorf("the one that is interrupted takes %d ns longer, want 100,000", longer)
	}
	if took != 105e4 {
		t.Errorf("the one that comes takes %d ns, want 1,050,000", took)
	}
}

// What a pause costs varies about its mean; a factor that is always 1 makes no difference.
func TestRestVaries(t *testing.T) {
	const n, extra = 20_000, 3e5
	for _, c := range []struct {
		varies *random.Sampler
		sd     float64
	}{{nil, 0}, {must(random.Constant(VariesUnit)), 0}, {must(random.Gamma(VariesUnit, 2)), 2 * extra}} {
		sys := queue(1, Source{Clients: 1, Think: must(random.Constant(1e6))}, must(random.Constant(1e6)))
		sys.Pools[0].Steps[0].Rest, sys.Pools[0].Steps[0].RestVaries = []Rest{{{1e6, extra}}}, c.varies
		left := departures(t, newRun(t, sys, 0), n)
		sum, squares := 0.0, 0.0
		for i := 1; i < n; i++ {
			took := float64(left[i].at-left[i-1].at) - 2e6
			sum, squares = sum+took, squares+took*took
		}
		mean := sum / (n - 1)
		sd := math.Sqrt(max(squares/(n-1)-mean*mean, 0))
		if math.Abs(mean-extra) > 4*c.sd/math.Sqrt(n) || math.Abs(sd-c.sd) > 0.1*c.sd {
			t.Errorf("%.0f ns more in the mean with a deviation of %.0f, want %.0f and %.0f", mean, sd, extra, c.sd)
		}
	}
}

// Waking up beside others loses no request and keeps the books, whatever the system: random ones whose workers wait when they are woken, and make others wait.
func TestWakingUpKeepsTheBooks(t *testing.T) {
	woken := 0
	for seed := range uint64(seeds(200)) {
		sys := drawSystem(seed)
		for i := range sys.Pools {
			p := &sys.Pools[i]
			if p.Workers == 0 {
				continue
			}
			for k := range p.Steps {
				p.Steps[k].Rest = []Rest{{{IdleNs: 1e6, ExtraNs: 1e5}}}
				p.Steps[k].Wake = []Wake{{Beside: Extra{Ns: 2e5}, Interrupted: Extra{Ns: 3e5, Varies: must(random.Exponential(VariesUnit)), Idle: 0.5}}}
			}
		}
		r := newRun(t, sys, 0)
		for range 300 {
			r.goOn(10)
			if faults := r.faults(); faults != nil {
				t.Fatalf("seed %d: %v", seed, faults)
			}
		}
		for i := range r.pools {
			if c := r.pools[i].rests; c != nil {
				for _, beside := range c.beside {
					woken += int(min(beside, 1))
				}
			}
		}
	}
	if woken == 0 {
		t.Error("nobody was woken beside others")
	}
}
