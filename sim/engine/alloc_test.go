package engine

import (
	"math"
	"runtime"
	"testing"
	"time"
)

// TestNoAllocation: a run that has reached its size allocates nothing, in any of the systems that are
// also timed. (The history's blocks are made anew when one ends, ever more seldom; the stretch between
// two ends is what is measured.)
func TestNoAllocation(t *testing.T) {
	if underRace {
		t.Skip("the race detector allocates")
	}
	for name, sys := range map[string]*System{
		"M/M/1":               queue(1, poisson(800), exponential(time.Millisecond)),
		"8 GPUs":              server8GPU(true),
		"8 GPUs, all on them": server8GPU(false),
		"CPU":                 serverCPU(4),
		"slots, behind limits": tandem(Source{Clients: 50}, []Resource{{Capacity: 1, Slots: 4, Kinds: []Kind{{Limit: 0.5}, {Watts: 3}}}},
			Pool{Steps: []Step{on(0, 0, one(exponential(time.Millisecond))), on(0, 1, one(exponential(time.Millisecond)))}}),
		"brokers":              brokers(),
		"thinking, on a clock": tandem(Source{Clients: 50, Think: exponential(time.Millisecond)}, []Resource{cores(2)}, Pool{Steps: []Step{on(0, 0, one(exponential(time.Millisecond)))}}),
	} {
		r := newRun(t, sys, 0)
		r.goOn(300_000)
		blocks, _ := r.Blocks()
		if n := testing.AllocsPerRun(1, func() { r.goOn(2000) }); n != 0 {
			if now, _ := r.Blocks(); now == blocks {
				t.Errorf("%s: %v allocations in 2000 events", name, n)
			}
		}
	}
}

// TestMemoryStaysFlat: 1e8 events take no more memory than 1e6 (in long tests; 1e7 otherwise).
func TestMemoryStaysFlat(t *testing.T) {
	if testing.Short() || underRace {
		t.Skip("runs 1e7 events")
	}
	events := int64(1e7)
	if long() {
		events = 1e8
	}
	r := newRun(t, server8GPU(true), 0)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	r.goOn(1e6)
	before := heap()
	r.goOn(events)
	after := heap()
	t.Logf("%.2f MB, then %.2f MB", float64(before)/1e6, float64(after)/1e6)
	if after > before+before/2+1<<20 {
		t.Errorf("%d bytes after 1e6 events, %d after %d more", before, after, events)
	}
	if r.LittleGap() != 0 {
		t.Errorf("Little's law is off by %d", r.LittleGap())
	}
	runtime.KeepAlive(r)
}

// TestClockDrift: a kind that is never absent has a clock that is never idle. It is set back in time:
// readings stay below some 2^40 ns, and a service takes as long after days as at the start.
func TestClockDrift(t *testing.T) {
	// Two clients in turn on one core, 1000 s each: half speed, so each service takes 2000 s whenever both are
	// there, and they always are.
	sys := tandem(Source{Clients: 2}, []Resource{cores(1)}, Pool{Steps: []Step{on(0, 0, one(exponential(1000*time.Second)))}})
	r := newRun(t, sys, 0)
	highest := 0.0
	for range 20_000 {
		r.goOn(1)
		highest = math.Max(highest, r.resources[0].clocks[0].served)
	}
	if highest > 20*rebaseAt {
		t.Errorf("the clock went up to %.3g ns", highest)
	}
	// The core is always busy: what was completed is the time that has passed, but for what is begun.
	done := float64(r.Completed()) * 1000e9
	if off := done/float64(r.now) - 1; math.Abs(off) > 3/math.Sqrt(float64(r.Completed())) { // three standard errors
		t.Errorf("%.4g ns of work in %.4g ns", done, float64(r.now))
	}
	if highest < rebaseAt {
		t.Errorf("the clock was never set back: it went up to %.3g ns", highest)
	}
}

// TestRebase compares a clock that is set back all the time with one that never is.
func TestRebase(t *testing.T) {
	run := func(often bool) (n []int64) {
		r := newRun(t, serverCPU(2), 0)
		for range 20_000 {
			r.goOn(1)
			for i := range r.resources[0].clocks {
				c := &r.resources[0].clocks[i]
				if often && c.finish.Len() > 0 {
					c.rebase()
					if key, job := c.finish.Min(); c.first != clockReading(key) || c.job != job {
						t.Fatalf("first is job %d at %v, in the queue it is job %d at %v", c.job, c.first, job, clockReading(key))
					}
				}
			}
			n = append(n, int64(r.now))
		}
		return n
	}
	a, b := run(false), run(true)
	for i := range a {
		if d := a[i] - b[i]; d < -1 || d > 1 { // rounding, before it turns a near tie round
			if i < 5000 {
				t.Errorf("event %d comes at %d ns, or at %d", i, a[i], b[i])
			}
			break
		}
	}
}
