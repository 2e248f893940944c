package engine

import (
	"math"
	"slices"
	"testing"
	"time"
)

// TestPartsEveryFourthBlock: where the sums of parts are kept every fourth block, the windows that are left have the same in them.
func TestPartsEveryFourthBlock(t *testing.T) {
	for _, events := range []int64{2_000, 20_000, 300_000} {
		all, some := newRun(t, server8GPU(true), 0), newRun(t, server8GPU(true), 0)
		some.history.every = 4
		all.goOn(events)
		some.Until(all.now, unlimited, unlimited)
		n, length := all.Blocks()
		if have, _ := some.Blocks(); have != n {
			t.Fatalf("%d blocks, %d", have, n)
		}
		for first := 0; first < n; first++ {
			from, to := (first+3)/4*4, n/4*4
			if from >= to {
				continue
			}
			got := some.Since(first)
			if got.Span != time.Duration(to-from)*length {
				t.Fatalf("blocks %d to %d: %v of blocks of %v", from, to, got.Span, length)
			}
			want := all.windowOf(from, to)
			if got.Completed != want.Completed || got.Latency.Sum() != want.LatencyNs || got.Latency.Count() != want.Completed ||
				!slices.Equal(got.Steps, want.Steps) || !slices.Equal(got.Pools, want.Pools) {
				t.Errorf("blocks %d to %d: %+v, want %+v", from, to, got, want)
			}
			for i, busy := range got.Busy { // clocks are brought to now less often, and round less often
				if math.Abs(busy-want.BusyNs[i]/float64(got.Span)) > 1e-9 {
					t.Errorf("resource %d: busy %v, want %v", i, busy, want.BusyNs[i]/float64(got.Span))
				}
			}
		}
	}
}

// windowOf are the sums over some blocks.
func (r *Run) windowOf(from, to int) counters {
	c := counters{partSums: newParts(len(r.count.Steps), len(r.count.Pools), len(r.count.BusyNs))}
	c.tally = *r.history.reached(to)
	c.tally.plus(-1, r.history.reached(from))
	c.partSums.plus(1, r.history.partsReached(to))
	c.partSums.plus(-1, r.history.partsReached(from))
	return c
}

// TestManyPartsAreKeptSeldom: a system of very many parts keeps their sums for a quarter of its blocks.
func TestManyPartsAreKeptSeldom(t *testing.T) {
	sys := queue(1, poisson(1), constant(time.Millisecond))
	for range manySteps {
		sys.Pools[0].Steps = append(sys.Pools[0].Steps, sys.Pools[0].Steps[0])
	}
	r := newRun(t, sys, 0)
	r.goOn(200_000)
	kept := 0
	for i := range r.history.blocks {
		if r.history.blocks[i].parts != nil {
			kept++
		}
	}
	if n, _ := r.Blocks(); kept != n/4 {
		t.Errorf("the sums of %d of %d blocks are kept", kept, n)
	}
}

// TestStreamsOfManySteps: the random numbers of a step are no other step's in another replication.
func TestStreamsOfManySteps(t *testing.T) {
	sys := &System{}
	seen := map[uint64][2]int{}
	for replication := range 5 {
		for _, index := range []int{0, 1, 65535, 65536, 65537, 131072, 300_000} {
			s := stream(sys, "service", replication, index)
			u := s.Uint64()
			if before, have := seen[u]; have {
				t.Errorf("step %d of replication %d has the random numbers of step %d of replication %d", index, replication, before[1], before[0])
			}
			seen[u] = [2]int{replication, index}
		}
	}
}

// TestCopiesShareTables: resources that share alike have one law, others their own.
func TestCopiesShareTables(t *testing.T) {
	curve := [][]Curve{{{{1, 0.5}}}}
	a := Resource{Capacity: 1, Kinds: []Kind{{Limit: 1}}, Excess: curve}
	same, wider, other := a, a, a
	same.Name, wider.Capacity, other.Excess = "another", 2, [][]Curve{{{{1, 0.5}}}}
	var book lawBook
	if book.of(&a) != book.of(&same) || book.of(&a) == book.of(&wider) || book.of(&a) == book.of(&other) {
		t.Error("laws are mixed up")
	}
}

// TestAddedWindows: an hour of two halves is one of twice the one where both are alike.
func TestAddedWindows(t *testing.T) {
	r := newRun(t, server8GPU(true), 0)
	r.goOn(50_000)
	n, _ := r.Blocks()
	w := r.Since(n / 2)
	var twice, both Window
	twice.Add(&w, 2)
	both.Add(&w, 1)
	both.Add(&w, 1)
	if twice.Completed != 2*w.Completed || twice.Latency.Sum() != 2*w.Latency.Sum() || twice.Latency.Quantile(0.9) != w.Latency.Quantile(0.9) || twice.Span != 2*w.Span {
		t.Errorf("%+v is no twice %+v", twice, w)
	}
	if !slices.Equal(twice.Steps, both.Steps) || !slices.Equal(twice.Pools, both.Pools) || twice.ByClass[0].Count() != both.ByClass[0].Count() {
		t.Errorf("twice %+v, both %+v", twice, both)
	}
	for i := range w.Busy {
		if math.Abs(twice.Busy[i]-w.Busy[i]) > 1e-12 || math.Abs(both.ActiveJ[i]-2*w.ActiveJ[i]) > 1e-9*w.ActiveJ[i] {
			t.Errorf("resource %d: busy %v, with %v J; twice %v with %v J", i, w.Busy[i], w.ActiveJ[i], twice.Busy[i], both.ActiveJ[i])
		}
	}
	if math.Abs(both.Inside-w.Inside) > 1e-9*w.Inside {
		t.Errorf("%v inside, %v", both.Inside, w.Inside)
	}
}
