package engine

import (
	"math"
	"testing"
	"time"

	"vsim/sim/engine/event"
)

// perCore gives the resources of a system run queues where they can have them, and returns how many these are.
func perCore(sys *System) (n int) {
	for i := range sys.Resources {
		res := &sys.Resources[i]
		before := *res
		if res.Capacity == 0 {
			res.Capacity = 3
		}
		res.Capacity, res.PerCore = math.Ceil(res.Capacity), true
		if check(sys) != nil {
			*res = before
			continue
		}
		if n++; n%2 == 1 {
			takeTurns(res)
		}
	}
	return n
}

// takeTurns has jobs of a resource's kinds cost each other something that have a core in turn, each pair something else.
func takeTurns(res *Resource) {
	for i := range res.Kinds {
		row := make([]float64, len(res.Kinds))
		for j := range row {
			row[j] = 0.05*float64(i) + 0.02*float64(j) - 0.01
		}
		res.Turns = append(res.Turns, row)
	}
}

// check checks that no core idles while another has two threads, and that everybody is where the books say.
func (c *coreSet) check(jobs int, check func(ok bool, format string, args ...any)) {
	on := make([]int32, len(c.crowd))
	for _, i := range c.placed {
		t := &c.threads[i]
		on[t.core]++
		check(t.placed && t.job != none, "thread %d is on a core: %v, with job %d", i, t.placed, t.job)
		check(t.stretch >= 0.99*float64(c.crowd[t.core]), "thread %d takes %v as one of %d", i, t.stretch, c.crowd[t.core])
		check(c.law.excess != nil || c.law.turns != nil && c.crowd[t.core] > 1 || t.stretch == float64(c.crowd[t.core]), "thread %d takes %v as one of %d", i, t.stretch, c.crowd[t.core])
	}
	check(len(c.placed) == jobs, "%d threads on cores, %d jobs", len(c.placed), jobs)
	least, most := int32(math.MaxInt32), int32(0)
	for k, n := range c.crowd {
		check(n == on[k], "core %d: %d threads, not %d", k, on[k], n)
		least, most = min(least, n), max(most, n)
	}
	check(least > 0 || most < 2, "a core idles and another has %d threads", most)
}

// stay is a closed loop of so many clients at one pool of as many workers on some cores.
func stay(workers int, n float64, perCore bool) *System {
	sys := tandem(Source{Clients: workers, Think: exponential(time.Millisecond)}, []Resource{cores(n)},
		Pool{Name: "cpu", Workers: workers, Steps: []Step{on(0, 0, one(exponential(time.Millisecond))), on(0, 0, one(exponential(time.Millisecond)))}})
	sys.Resources[0].PerCore = perCore
	return sys
}

// Where each thread has a core, or all have the same one, run queues make no difference.
func TestRunQueuesLikeSharing(t *testing.T) {
	for _, c := range []struct {
		workers int
		cores   float64
	}{{1, 1}, {4, 4}, {3, 8}, {5, 1}} {
		for _, excess := range [][][]Curve{nil, {{{{1, 0.3}}}}} {
			queued, shared := stay(c.workers, c.cores, true), stay(c.workers, c.cores, false)
			queued.Resources[0].Excess, shared.Resources[0].Excess = excess, excess
			got, want := departures(t, newRun(t, queued, 0), 2000), departures(t, newRun(t, shared, 0), 2000)
			for i := range got {
				if d := got[i].at - want[i].at; got[i].request != want[i].request || d < -2000 || d > 2000 { // ns of rounding add up
					t.Errorf("%d workers on %v cores, departure %d: %+v, shared %+v", c.workers, c.cores, i, got[i], want[i])
					break
				}
			}
		}
	}
}

// A thread that always has work keeps its core while the two others share theirs. With equal shares each would get two thirds of
// a core.
func TestBusyThreadKeepsItsCore(t *testing.T) {
	c := newCores(&law{width: []float64{1}, watts: []float64{0}}, 2, 3)
	c.threads[2].core = 1
	threadOf := map[int32]int32{} // of a job
	now, job := 0.0, int32(0)
	work := []float64{10, 2, 2} // of the threads' jobs, over and over
	done := make([]int, 3)
	start := func(thread int32) {
		c.begin(thread, job, 0, work[thread])
		threadOf[job] = thread
		job++
	}
	for i := range int32(3) {
		start(i)
	}
	for now < 1000 {
		first, in := c.settle()
		c.advance(in)
		now += in
		thread := threadOf[first]
		c.end(first, 0)
		done[thread]++
		start(thread)
	}
	if done[0] < 99 || done[1]+done[2] < 495 {
		t.Errorf("jobs done %v: want 100 and 500 in all", done)
	}
}

// A core that has nothing to do takes a thread from one that has two.
func TestIdleCoreTakes(t *testing.T) {
	c := newCores(&law{width: []float64{1}, watts: []float64{0}}, 2, 3)
	for i := range int32(3) {
		c.begin(i, i, 0, 10)
	}
	c.settle()
	c.end(1, 0) // alone on its core
	if c.settle(); c.threads[0].core == c.threads[2].core || c.threads[2].stretch != 1 {
		t.Errorf("threads %+v", c.threads)
	}
	c.begin(1, 3, 0, 10) // wakes up on the core where it was
	if c.settle(); c.threads[1].core != 1 || c.threads[1].stretch != 2 {
		t.Errorf("threads %+v", c.threads)
	}
}

// What jobs lose that have a core in turn is lost for good: two that always work on one core do 1/(1+extra) of the work of one, each half of
// it; three find the mean of their neighbours. With a core each they lose nothing.
func TestTurnsCost(t *testing.T) {
	for _, c := range []struct {
		workers int
		cores   float64
		want    float64 // of the work of a core
	}{{2, 1, 1 / 1.08}, {3, 1, 1 / 1.08}, {2, 2, 2}, {3, 2, 1 + 1/1.08}} {
		sys := tandem(Source{Clients: c.workers}, []Resource{cores(c.cores)}, Pool{Name: "cpu", Workers: c.workers, Steps: []Step{on(0, 0, one(constant(time.Millisecond)))}})
		sys.Resources[0].PerCore, sys.Resources[0].Turns = true, [][]float64{{0.08}}
		r := newRun(t, sys, 0)
		r.Until(event.Time(10*time.Second), math.MaxInt64, math.MaxInt)
		if got := float64(r.Completed()) / 10_000; math.Abs(got-c.want) > 1e-3 {
			t.Errorf("%d workers on %v cores do %.4f cores' work, want %.4f", c.workers, c.cores, got, c.want)
		}
	}
	two := tandem(Source{Clients: 2}, []Resource{cores(1)}, Pool{Name: "cpu", Workers: 2, Steps: []Step{on(0, 0, one(constant(time.Millisecond)))}})
	two.Resources[0].Turns = [][]float64{{0.08}}
	if err := check(two); err == nil {
		t.Error("turns on cores without run queues")
	}
}
