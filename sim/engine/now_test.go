package engine

import (
	"math"
	"testing"

	"vsim/sim/engine/event"
)

// TestBetweenEvents: on random systems, half of them with what can go wrong, what is full and busy after each event adds up
// to the run's own integrals, and its blocks' busy parts to those of the whole.
func TestBetweenEvents(t *testing.T) {
	blocks := 0
	for seed := range uint64(seeds(60)) {
		sys := drawSystem(seed)
		if seed%2 == 1 {
			swarmOf(seed).trouble(sys)
		}
		r := newRun(t, sys, 0)
		waiting, busy := make([]int64, len(sys.Pools)), make([]float64, len(sys.Resources))
		for r.Events() < 1000 && r.Inside() < 1000 {
			before, from := r.Events(), r.now
			full, part := make([]int, len(waiting)), make([]float64, len(busy))
			for i := range full {
				full[i] = r.Waiting(i)
			}
			for i := range part {
				part[i] = r.Busy(i)
			}
			if r.goOn(1); r.Events() == before {
				break
			}
			for i := range full {
				waiting[i] += int64(full[i]) * int64(r.now-from)
			}
			for i := range part {
				busy[i] += part[i] * float64(r.now-from)
			}
		}
		for i := range waiting {
			p := &r.pools[i]
			if want := p.waited + int64(p.waiting)*int64(r.now); waiting[i] != want {
				t.Errorf("pool %d: requests waited %d ns, after each event %d\n%s", i, want, waiting[i], describe(sys))
			}
		}
		for i := range busy {
			res := &r.resources[i]
			if res.advance(r.now); math.Abs(busy[i]-res.busyNs) > 1e-6*res.busyNs+1 {
				t.Errorf("resource %d was busy for %v ns, after each event %v\n%s", i, res.busyNs, busy[i], describe(sys))
			}
		}
		blocks += inBlocks(t, r)
	}
	if blocks == 0 {
		t.Error("no run had a block")
	}
}

// inBlocks holds the busy parts of a run's blocks against those of the whole, and returns the number of blocks.
func inBlocks(t *testing.T, r *Run) int {
	n, length := r.Blocks()
	if n == 0 || r.Done() {
		return 0
	}
	whole, sum := r.Since(0), make([]float64, len(r.resources))
	for i := range n {
		for k, busy := range r.BlockBusy(i) {
			sum[k] += busy * float64(event.Time(length))
		}
	}
	for k := range sum {
		if got, want := sum[k]/float64(whole.Span), whole.Busy[k]; math.Abs(got-want) > 1e-9 {
			t.Errorf("resource %d: blocks are %v busy, the whole %v", k, got, want)
		}
	}
	return n
}
