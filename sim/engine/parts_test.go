package engine

import (
	"math"
	"testing"
	"time"

	"vsim/sim/engine/event"
)

// parts are what a run's sums say about the time of all its requests, cut at the end of its last block.
func parts(r *Run) (steps []StepSums, pools []PoolSums) {
	r.endBlock()
	return r.count.Steps, r.count.Pools
}

// TestPartsOfASpan: on random systems, with outages and without, the parts of a step's time are not negative and
// no more than the whole, up to the rounding of completions to whole ns; requests do not wait longer for a fuller
// batch than they wait.
func TestPartsOfASpan(t *testing.T) {
	waits, fills, shares := 0, 0, 0
	for seed := range uint64(seeds(150)) {
		sys := drawSystem(seed)
		if seed%2 == 1 {
			swarmOf(seed).trouble(sys)
		}
		r := newRun(t, sys, 0)
		for r.Events() < 1500 && r.Inside() < 1000 {
			before := r.Events()
			if r.goOn(50); r.Events() == before {
				break
			}
			// A batch is done a ns too early at most, and has 9 requests at most.
			rounding := 9 * r.Events()
			steps, pools := parts(r)
			for i, s := range steps {
				shared := s.RequestNs - s.AloneNs - s.WaitNs
				if s.AloneNs < 0 || s.WaitNs < 0 || s.WorkerNs > s.RequestNs || shared < -rounding {
					t.Fatalf("step %d: %+v\n%s", i, s, describe(sys))
				}
				waits, shares = waits+given(s.WaitNs > 0), shares+given(shared > 0)
			}
			for i, p := range pools {
				if p.FillNs < 0 || p.FillNs > p.WaitNs || p.FillNs > 0 && !r.pools[i].fills {
					t.Fatalf("pool %d: %+v\n%s", i, p, describe(sys))
				}
				fills += given(p.FillNs > 0)
			}
		}
	}
	if waits == 0 || fills == 0 || shares == 0 {
		t.Errorf("%d steps waited, %d pools filled batches, %d steps shared", waits, fills, shares)
	}
}

// TestPartsWithoutSharing: on resources that nobody shares, waiting and working alone is all of a step's time, to
// the last ns.
func TestPartsWithoutSharing(t *testing.T) {
	for seed := range uint64(seeds(100)) {
		sys := drawSystem(seed)
		for i := range sys.Resources {
			res := &sys.Resources[i]
			*res = Resource{Kinds: res.Kinds, Slots: res.Slots}
			for k := range res.Kinds {
				res.Kinds[k].Limit = 0
			}
		}
		r := newRun(t, sys, 0)
		r.Until(forever, 1500, 1000)
		steps, _ := parts(r)
		for i, s := range steps {
			if s.RequestNs != s.AloneNs+s.WaitNs || s.WaitNs > 0 && sys.Resources[r.stages[i].resourceOf(sys)].Slots == 0 {
				t.Errorf("step %d: %+v\n%s", i, s, describe(sys))
			}
		}
	}
}

// resourceOf finds the first resource with slots that a step uses, else its first.
func (s *stage) resourceOf(sys *System) int {
	first := 0
	for i, on := range s.on {
		if sys.Resources[on.slot].Slots > 0 {
			return on.slot
		}
		if i == 0 {
			first = on.slot
		}
	}
	return first
}

// perRequest runs a system for ten seconds and returns the parts of a step and of the wait before its pool, in ms
// a request.
func perRequest(t *testing.T, sys *System, step, pool int) (wait, fill, slot, alone, sharing float64) {
	t.Helper()
	r := newRun(t, sys, 0)
	r.Until(event.Time(10*time.Second), unlimited, unlimited)
	warm, _ := r.Blocks()
	w := r.Since(warm / 4)
	s, p := w.Steps[step], w.Pools[pool]
	of := func(ns int64) float64 { return float64(ns) / 1e6 / float64(p.Requests) }
	return of(p.WaitNs), of(p.FillNs), of(s.WaitNs), of(s.AloneNs), of(s.RequestNs - s.AloneNs - s.WaitNs)
}

// closeTo allows for the requests that are cut in two by the ends of a window.
func closeTo(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 0.005*max(want, 0.1) {
		t.Errorf("%s: %.4f ms, want %.4f ms", what, got, want)
	}
}

// TestRateLimiter: two instances of which one may run at a time. Four clients think for 1.7 ms; the inference
// takes 6.633 ms, 150.76 requests/s. Published for this case: queue 18.6 ms, compute 6.6 ms.
func TestRateLimiter(t *testing.T) {
	limiter := Resource{Name: "rate limiter", Slots: 1, Kinds: []Kind{{Name: "job"}}}
	sys := tandem(Source{Clients: 4}, []Resource{unshared(), limiter}, Pool{Name: "client", Steps: []Step{on(0, 0, one(constant(1700*time.Microsecond)))}},
		Pool{Name: "instance", Workers: 2, Steps: []Step{on(1, 0, one(constant(6633*time.Microsecond)))}})
	wait, fill, slot, alone, sharing := perRequest(t, sys, 1, 1)
	closeTo(t, "alone", alone, 6.633)
	closeTo(t, "sharing", sharing, 0)
	closeTo(t, "for a worker and a slot", wait+slot, 4*6.633-1.7-6.633)
	closeTo(t, "for a slot", slot, 6.633)
	closeTo(t, "for a fuller batch", fill, 0)
}

// TestDelayIsForAFullerBatch: one client before a batcher that waits 3 s for company.
func TestDelayIsForAFullerBatch(t *testing.T) {
	sys := tandem(Source{Clients: 1}, []Resource{unshared()}, Pool{Name: "instance", Workers: 1, Steps: []Step{on(0, 0, Service{PerItem: true, At: one(constant(8 * ms)).At})},
		Batch: Batch{Max: 8, Delay: 3 * time.Second, Preferred: []int{2, 4, 8}, Prefetch: true}})
	plain := *sys
	plain.Pools = []Pool{sys.Pools[0]}
	plain.Pools[0].Batch.Preferred, plain.Pools[0].Batch.Prefetch = nil, false
	for name, sys := range map[string]*System{"Triton's rules": sys, "the plain rule": &plain} {
		r := newRun(t, sys, 0)
		r.Until(event.Time(30*time.Second), unlimited, unlimited)
		_, pools := parts(r)
		if p := pools[0]; p.FillNs != p.WaitNs || p.FillNs < 9*3e9 || r.Completed() != 9 {
			t.Errorf("%s: %d requests waited %d ns, %d of it for a fuller batch", name, p.Requests, p.WaitNs, p.FillNs)
		}
	}
}

// TestBehindABusyWorkerNothingFills: while the only worker is busy, requests wait for it whatever the delay.
func TestBehindABusyWorkerNothingFills(t *testing.T) {
	sys := tandem(byHand(), []Resource{unshared()}, gpu(1, Batch{Max: 4, Delay: 2 * ms}, 10*ms, 10*ms, 10*ms, 10*ms))
	r := newRun(t, sys, 0)
	for _, at := range []time.Duration{0, 3 * ms, 4 * ms} {
		r.Until(event.Time(at), unlimited, unlimited)
		r.now = event.Time(at)
		r.admit(-1)
		r.follow()
	}
	r.Until(event.Time(40*ms), unlimited, unlimited)
	_, pools := parts(r)
	// The first waits 2 ms for company, the others 9 and 8 ms for the worker.
	if p := pools[0]; p.FillNs != 2e6 || p.WaitNs != 19e6 {
		t.Errorf("%+v", p)
	}
}

// TestSharingIsWhatOthersAdd: two instances that share a GPU all the time wait for nothing, and take twice as long.
func TestSharingIsWhatOthersAdd(t *testing.T) {
	gpu := Resource{Name: "gpu", Capacity: 1, Kinds: []Kind{{Name: "infer"}}, Speed: 2}
	sys := tandem(Source{Clients: 2}, []Resource{gpu}, Pool{Name: "instance", Workers: 2, Steps: []Step{on(0, 0, one(exponential(6*ms)))}})
	wait, _, slot, alone, sharing := perRequest(t, sys, 0, 0)
	if wait != 0 || slot != 0 || math.Abs(alone-3) > 0.2 || math.Abs(sharing/alone-1) > 0.01 {
		t.Errorf("wait %v + %v, alone %v, sharing %v ms", wait, slot, alone, sharing)
	}
}

// TestBrokenOffWork: of a job that an outage ends, no more counts as work alone than has passed.
func TestBrokenOffWork(t *testing.T) {
	limiter := Resource{Name: "limiter", Slots: 1, Kinds: []Kind{{Name: "job"}}}
	sys := tandem(Source{Clients: 2}, []Resource{limiter}, Pool{Name: "gpu", Workers: 2, Steps: []Step{on(0, 0, one(constant(10*ms)))}})
	sys.Outages = []Outage{{Name: "outage", Pools: []int{0}, Schedule: []Span{{From: 13 * ms, To: time.Second}}, Lose: true}}
	r := newRun(t, sys, 0)
	r.Until(event.Time(20*ms), unlimited, unlimited)
	steps, _ := parts(r)
	// 10 ms of the first, 10 ms in the line and 3 ms of the second, and 3 ms in the line of the third.
	if want := (StepSums{WorkerNs: 26e6, RequestNs: 26e6, AloneNs: 13e6, WaitNs: 13e6}); steps[0] != want {
		t.Errorf("%+v, want %+v", steps[0], want)
	}
}
