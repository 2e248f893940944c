package engine

import (
	"testing"
	"time"

	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
)

// completed is how many requests a system completes in 10 s.
func completed(t *testing.T, sys *System) float64 {
	t.Helper()
	r, err := New(sys, 0)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Until(event.Time(10*time.Second), 10_000_000, 1_000_000) {
		t.Fatal("it does not end")
	}
	return float64(r.Completed())
}

// byCount is a service whose time is that of the number of items: n ms, and one for the call.
func byCount(most int) Service {
	var row []*random.Sampler
	for n := range most {
		row = append(row, constant(time.Duration(n+2)*time.Millisecond))
	}
	return Service{At: [][]*random.Sampler{row}}
}

// TestFan: a step works on the copies of its batch's items, as many in a call as there are times, the same number in steps of a
// batch that share it; it takes no time where there are none.
func TestFan(t *testing.T) {
	fan := func(c *random.Counter, s Service) Step {
		step := on(0, 0, s)
		step.Fan = c
		return step
	}
	each := one(constant(time.Millisecond))
	each.PerItem = true
	shared := copies(0, 4)
	for _, c := range []struct {
		name  string
		steps []Step
		ms    float64 // a request, in the mean
	}{
		{"one call", []Step{fan(copies(5), byCount(8))}, 6},
		{"two calls", []Step{fan(copies(5), byCount(3))}, 4 + 3},
		{"none or three", []Step{on(0, 0, one(constant(time.Millisecond))), fan(copies(0, 3), byCount(3))}, 1 + 2},
		{"one by one", []Step{fan(copies(2, 4), each)}, 3},
		{"the same number in both", []Step{fan(shared, byCount(4)), on(0, 0, one(constant(time.Millisecond))), fan(shared, each)}, 2.5 + 1 + 2},
		{"each its own", []Step{fan(copies(2), each), fan(copies(3), each)}, 2 + 3},
	} {
		sys := tandem(Source{Clients: 1}, []Resource{unshared()}, Pool{Name: "pool", Workers: 1, Steps: c.steps})
		if got := completed(t, sys); got < 0.97*10000/c.ms || got > 1.03*10000/c.ms {
			t.Errorf("%s: %v requests in 10 s, want %.0f", c.name, got, 10000/c.ms)
		}
	}
	bad := on(0, 0, byCount(2))
	bad.Fan, bad.Kinds = copies(1), []int{0}
	if _, err := New(tandem(Source{Clients: 1}, []Resource{unshared()}, Pool{Name: "pool", Workers: 1, Steps: []Step{bad}}), 0); err == nil {
		t.Error("a fan beside kinds by batch size is taken")
	}
}

// TestOwnThread: jobs of a kind with a thread of its own are done one after the other in order of arrival, whichever of the cores
// are idle; those of other kinds are not.
func TestOwnThread(t *testing.T) {
	for _, own := range []bool{true, false} {
		cpu := cores(4)
		cpu.PerCore, cpu.Kinds = true, []Kind{{Name: "redis", Thread: own}, {Name: "work"}}
		sys := tandem(Source{Clients: 8}, []Resource{cpu}, Pool{Name: "pool", Workers: 8, Steps: []Step{on(0, 0, one(constant(time.Millisecond))), on(0, 1, one(constant(100*time.Microsecond)))}})
		want := 10_000.0
		if !own {
			want = 4 * 10_000 / 1.1
		}
		if got := completed(t, sys); got < 0.97*want || got > 1.03*want {
			t.Errorf("own thread: %v: %v requests in 10 s, want %.0f", own, got, want)
		}
	}
	cpu := cores(4)
	cpu.Kinds[0].Thread = true
	if _, err := New(tandem(Source{Clients: 1}, []Resource{cpu}, Pool{Name: "pool", Workers: 1, Steps: []Step{on(0, 0, one(constant(1)))}}), 0); err == nil {
		t.Error("a thread of its own without run queues is taken")
	}
}

// TestOwnThreadBreaksOff: an outage takes jobs out of the line for a thread, and the others go on.
func TestOwnThreadBreaksOff(t *testing.T) {
	const ms = time.Millisecond
	cpu := cores(4)
	cpu.PerCore, cpu.Kinds = true, []Kind{{Name: "redis", Thread: true}}
	pool := func() Pool { return Pool{Name: "pool", Workers: 4, Steps: []Step{on(0, 0, one(constant(ms)))}} }
	sys := tandem(Source{Clients: 8, Backoff: ms}, []Resource{cpu}, pool(), pool())
	sys.Route = []Node{{Pools: []int{0, 1}, Balance: RoundRobin}}
	sys.Outages = []Outage{{Name: "one of two", Pools: []int{0}, Schedule: []Span{{105 * ms / 10, 500 * ms}, {2505 * ms, 2900 * ms}}}}
	if got := completed(t, sys); got < 9900 || got > 10_000 {
		t.Errorf("%v requests in 10 s, want a little under 10000", got)
	}
}
