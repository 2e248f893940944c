package engine

import (
	"math"
	"slices"
	"testing"
	"time"

	"vsim/sim/engine/event"
)

// powered is a CPU that takes power, at rest and for each busy core.
func powered(n, idleWatts, watts float64) Resource {
	r := cores(n)
	r.IdleWatts, r.Kinds[0].Watts = idleWatts, watts
	return r
}

// energyOf runs requests that all come at 0 until they are gone, and returns the active energy in mJ.
func energyOf(t *testing.T, res Resource, requests int, work time.Duration) float64 {
	r := newRun(t, tandem(byHand(), []Resource{res}, cpuPool("cpu", 0, work)), 0)
	for range requests {
		r.admit(-1)
	}
	r.follow()
	r.Until(event.Time(time.Second), unlimited, unlimited)
	if r.Inside() > 0 {
		t.Errorf("%d of %d are still inside", r.Inside(), requests)
	}
	return r.resources[0].activeNJ / 1e6
}

// TestEnergyByHand: 6 ms of work at 10 W a core.
func TestEnergyByHand(t *testing.T) {
	with := func(change func(r *Resource)) Resource {
		r := powered(2, 100, 10)
		change(&r)
		return r
	}
	for _, c := range []struct {
		what     string
		res      Resource
		requests int
		mJ       float64
	}{
		{"one alone", powered(2, 100, 10), 1, 60},
		{"two on two cores", powered(2, 100, 10), 2, 120},
		{"five in turns: the work is the same", powered(2, 100, 10), 5, 300},
		{"on no core in particular", powered(0, 100, 10), 5, 300},
		{"two that stall each other for half as long again occupy their cores all the time", with(func(r *Resource) {
			r.Excess = [][]Curve{{{{Neighbours: 1, Excess: 0.5}}}}
		}), 2, 180},
		{"two threads", with(func(r *Resource) { r.Kinds[0].Width = 2 }), 1, 120},
		{"twice as fast, half as long", with(func(r *Resource) { r.Speed = 2 }), 3, 90},
		{"held to half of a core for twice as long", with(func(r *Resource) { r.Kinds[0].Limit = 0.5 }), 3, 180},
		{"who waits for a slot takes nothing", with(func(r *Resource) { r.Slots = 1 }), 4, 240},
	} {
		if got := energyOf(t, c.res, c.requests, 6*ms); math.Abs(got-c.mJ) > 1e-6*c.mJ {
			t.Errorf("%s: %v mJ, not %v", c.what, got, c.mJ)
		}
	}
}

// TestEnergyIsTheIntegralOfPower: on random systems, what an observer of the jobs on each resource adds up to
// when the shares are searched for.
func TestEnergyIsTheIntegralOfPower(t *testing.T) {
	for seed := range uint64(seeds(20)) {
		sys := drawSystem(seed)
		r := newRun(t, sys, 0)
		present := make([][]int32, len(sys.Resources)) // jobs in order of arrival
		r.Observe(func(e *Event) {
			switch at := &present[e.Resource]; e.Kind {
			case StepStarts:
				*at = append(*at, e.Job)
			case StepEnds:
				*at = slices.DeleteFunc(*at, func(other int32) bool { return other == e.Job })
			}
		})
		want := make([]float64, len(sys.Resources))
		for r.Events() < 2000 && r.Inside() < 500 {
			before := r.now
			watts := make([]float64, len(sys.Resources))
			for i := range watts {
				watts[i] = dumbPower(r, &sys.Resources[i], present[i])
			}
			r.goOn(1)
			for i := range want {
				want[i] += watts[i] * float64(r.now-before)
			}
		}
		for i := range want {
			r.resources[i].advance(r.now)
			if got := r.resources[i].activeNJ; math.Abs(got-want[i]) > 1e-9*want[i] {
				t.Errorf("resource %d took %v nJ, the observer says %v\n%s", i, got, want[i], describe(sys))
			}
		}
	}
}

// dumbPower is the power above idle of these jobs on a resource, in order of arrival.
func dumbPower(r *Run, res *Resource, jobs []int32) (watts float64) {
	if res.Slots > 0 {
		jobs = jobs[:min(len(jobs), res.Slots)]
	}
	count := make([]float64, len(res.Kinds))
	for _, id := range jobs {
		j := &r.jobs.items[id]
		count[r.kind(&r.stages[j.stage], &j.batch)]++
	}
	share, _ := divide(res, count)
	for k, n := range count {
		watts += n * max(res.Kinds[k].Width, 1) * share[k] * res.Kinds[k].Watts
	}
	return watts
}
