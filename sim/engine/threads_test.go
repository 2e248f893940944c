package engine

import (
	"math"
	"strings"
	"testing"
	"time"
)

// threads has steps that work on one item after the other do so with up to four threads, where they may; it returns how many do.
func threads(sys *System) (n int) {
	for i := range sys.Pools {
		for k := range sys.Pools[i].Steps {
			s := &sys.Pools[i].Steps[k]
			before := *s
			if s.Parallel, s.Threads = 0, 2+(i+k)%3; check(sys) != nil {
				*s = before
				continue
			}
			n++
		}
	}
	return n
}

// team is a worker that takes batches, of which so many threads work on the images of 1 ms each, on a CPU of 8 cores.
func team(threads, batch, workers int, image time.Duration) *System {
	step := on(0, 0, each(constant(image)))
	step.Threads = threads
	return tandem(Source{Clients: batch * workers}, []Resource{cores(8)}, Pool{Name: "host", Workers: workers, Batch: Batch{Max: batch}, Steps: []Step{step}})
}

// TestThreadsOfABatch: a batch takes the time of so many rounds as its threads need for it, and keeps as many cores busy as
// there are images in a round: the cores' work is that of its images, and it is where it was done.
func TestThreadsOfABatch(t *testing.T) {
	for _, c := range []struct {
		threads, batch int
		rounds         float64
	}{{1, 8, 8}, {4, 8, 2}, {4, 6, 2}, {4, 5, 2}, {4, 3, 1}, {3, 8, 3}, {8, 8, 1}, {16, 8, 1}, {2, 7, 4}} {
		r := newRun(t, team(c.threads, c.batch, 1, time.Millisecond), 0)
		r.Until(99_999_999, unlimited, unlimited)
		if want := float64(c.batch) * math.Floor(99.999/c.rounds); float64(r.Completed()) != want {
			t.Errorf("%d threads, batches of %d: %d images, want %v", c.threads, c.batch, r.Completed(), want)
		}
		r.endBlock()
		want := float64(c.batch) / c.rounds / 8
		if got := r.count.BusyNs[0] / 100e6; math.Abs(got-want) > 0.03*want { // the last batch is cut
			t.Errorf("%d threads, batches of %d: %v of the cores busy, want %v", c.threads, c.batch, got, want)
		}
		if got, want := r.count.Steps[0].AloneNs, int64(c.batch)*int64(c.rounds*1e6); got%want != 0 || got == 0 {
			t.Errorf("%d threads, batches of %d: %d ns alone, want a multiple of %d", c.threads, c.batch, got, want)
		}
	}
}

// TestThreadsShareCores: the threads of several batches share the cores as so many jobs: the last thread of an odd batch has
// a core for itself, and no number of workers serves more than the cores.
func TestThreadsShareCores(t *testing.T) {
	for workers, want := range map[int]float64{1: 4000, 2: 8000, 3: 8000, 10: 8000} {
		r := newRun(t, team(4, 4, workers, time.Millisecond), 0)
		r.Until(10e9, unlimited, unlimited)
		if got := float64(r.Completed()) / 10; math.Abs(got-want) > 1e-3*want {
			t.Errorf("%d workers: %v images a second, want %v", workers, got, want)
		}
	}
}

// TestThreadsBeyondTheBatchChangeNothing, nor do those of batches of one item.
func TestThreadsBeyondTheBatchChangeNothing(t *testing.T) {
	sameAs(t, func(sys *System) { threadsTo(sys, 9) }, func(sys *System) { threadsTo(sys, 4096) })
	same(t, func(sys *System) { // one thread is one item after the other
		threadsTo(sys, 1)
	})
}

// threadsTo sets the threads of all steps that can have them; batches of random systems have nine images at most.
func threadsTo(sys *System, n int) {
	for i := range sys.Pools {
		for k := range sys.Pools[i].Steps {
			s := &sys.Pools[i].Steps[k]
			before := *s
			if n > 1 {
				s.Parallel = 0
			}
			if s.Threads = n; check(sys) != nil {
				*s = before
			}
		}
	}
}

// TestThreadsOnUnsharedAreEngines: where nobody shares, threads take the time of as many engines, to the last ns. (Each thread's
// end is an event, so that fewer requests are done by the last event.)
func TestThreadsOnUnsharedAreEngines(t *testing.T) {
	for seed := range uint64(60) {
		engines, team := drawSystem(seed), drawSystem(seed)
		for _, sys := range []*System{engines, team} {
			alone(sys)
			parallel(sys)
		}
		enginesToThreads(team)
		a, b := watch(t, engines, 1000), watch(t, team, 1000)
		if b == "" || len(b) < len(a)/3 || !strings.HasPrefix(a, b) {
			t.Errorf("differs, or nothing left: %d and %d bytes\n%s", len(a), len(b), describe(engines))
		}
	}
}

// alone takes all that jobs cost each other off the resources.
func alone(sys *System) {
	for i := range sys.Resources {
		r := &sys.Resources[i]
		r.Capacity, r.Excess, r.Slots, r.Speed = 0, nil, 0, 0
		for k := range r.Kinds {
			r.Kinds[k].Limit = 0
		}
	}
}

func parallel(sys *System) {
	for i := range sys.Pools {
		for k := range sys.Pools[i].Steps {
			if s := &sys.Pools[i].Steps[k]; s.Service.PerItem {
				s.Parallel = 2 + (i+k)%3
			}
		}
	}
}

func enginesToThreads(sys *System) {
	for i := range sys.Pools {
		for k := range sys.Pools[i].Steps {
			s := &sys.Pools[i].Steps[k]
			s.Threads, s.Parallel = s.Parallel, 0
		}
	}
}

// TestThreadsAreChecked: what cannot have threads says so.
func TestThreadsAreChecked(t *testing.T) {
	for name, change := range map[string]func(sys *System){
		"slots":        func(sys *System) { sys.Resources[0].Slots = 1 },
		"run queues":   func(sys *System) { sys.Resources[0].PerCore = true },
		"parallel":     func(sys *System) { sys.Pools[0].Steps[0].Parallel = 2 },
		"whole batch":  func(sys *System) { sys.Pools[0].Steps[0].Service = one(constant(1)); sys.Pools[0].Batch.Max = 1 },
		"less than no": func(sys *System) { sys.Pools[0].Steps[0].Threads = -1 },
	} {
		sys := team(4, 4, 1, time.Millisecond)
		if change(sys); check(sys) == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
