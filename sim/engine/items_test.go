package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
)

// itemise gives the requests of a system these numbers of items, each as often as it stands there, and its steps
// times for batches as large.
func itemise(sys *System, numbers ...int) {
	items := copies(numbers...)
	for i := range sys.Classes {
		sys.Classes[i].Items = items
	}
	for i := range sys.Pools {
		for k := range sys.Pools[i].Steps {
			sys.Pools[i].Steps[k].widen(sys.Pools[i].Batch.Largest(items.Max()))
		}
	}
}

// widen gives a step kinds and times for batches of up to n items.
func (s *Step) widen(n int) {
	for s.Kinds != nil && len(s.Kinds) < n {
		s.Kinds = append(s.Kinds, s.Kind)
	}
	at := s.Service.At
	for c := range at {
		for !s.Service.PerItem && len(at[c]) < n {
			at[c] = append(at[c], at[c][len(at[c])-1])
		}
	}
}

// table are constant times by batch size.
func table(ms ...float64) Service {
	var row []*random.Sampler
	for _, t := range ms {
		row = append(row, constant(time.Duration(t*1e6)))
	}
	return Service{At: [][]*random.Sampler{row}}
}

// TestOneItemIsNothing: requests of one item are requests as they were, to the last nanosecond.
func TestOneItemIsNothing(t *testing.T) {
	same(t, func(sys *System) { itemise(sys, 1) })
}

// TestItemsScale: if every request has three items, and batches may have three times as many and take as long as
// before, nothing changes, to the last nanosecond.
func TestItemsScale(t *testing.T) {
	const k = 3
	plainly := func(sys *System) { // steps of whole batches, and no copies, which would be of one item each
		for i := range sys.Route {
			for b := range sys.Route[i].Fork {
				sys.Route[i].Fork[b].Copies = nil
			}
		}
		for i := range sys.Pools {
			for j := range sys.Pools[i].Steps {
				s := &sys.Pools[i].Steps[j]
				s.Service.PerItem, s.Parallel = false, 0
				for c := range s.Service.At {
					for n := len(s.Service.At[c]); n < sys.Pools[i].Batch.Max; n++ {
						s.Service.At[c] = append(s.Service.At[c], s.Service.At[c][0])
					}
				}
			}
		}
	}
	for seed := range uint64(120) {
		sys, other := drawSystem(seed), drawSystem(seed)
		plainly(sys)
		plainly(other)
		if seed%2 == 1 {
			for i := range sys.Pools {
				sys.Pools[i].Batch.Prefetch = sys.Pools[i].Batch.Max > 1
				other.Pools[i].Batch.Prefetch = sys.Pools[i].Batch.Prefetch
			}
		}
		for i := range other.Classes {
			other.Classes[i].Items = copies(k)
		}
		for i := range other.Pools {
			if other.Pools[i].Batch.Max > 1 { // a request at a time remains one
				other.Pools[i].Batch.Max *= k
			}
			for j := range other.Pools[i].Steps {
				step := &other.Pools[i].Steps[j]
				if plain := step.Kinds; plain != nil {
					step.Kinds = nil
					for _, kind := range plain {
						step.Kinds = append(step.Kinds, slices.Repeat([]int{kind}, k)...)
					}
				}
				at := step.Service.At
				for c, row := range at {
					wide := make([]*random.Sampler, k*len(row))
					for n := range wide {
						wide[n] = row[n/k]
					}
					at[c] = wide
				}
			}
		}
		if a, b := watch(t, sys, 1000), watch(t, other, 1000); a != b || a == "" {
			t.Errorf("differs, or nothing left\n%s", describe(sys))
		}
	}
}

// TestItemsAreConserved: a request has the same items wherever it is served, all of them at once; no batch has more
// than it may, unless it is a single request; and the sums are those of the items that were seen.
func TestItemsAreConserved(t *testing.T) {
	for seed := range uint64(seeds(200)) {
		sys := drawSystem(seed)
		if seed%2 == 1 {
			swarmOf(seed).trouble(sys)
		}
		itemise(sys, 1, 2, 3, 5)
		r := newRun(t, sys, 0)
		of, taken, left := map[int32]int32{}, make([]int64, len(sys.Pools)), int64(0)
		r.Observe(func(e *Event) {
			switch e.Kind {
			case RequestArrives, ChildStarts:
				of[e.Request] = r.size(e.Request)
				if n := of[e.Request]; n != 1 && n != 2 && n != 3 && n != 5 {
					t.Errorf("seed %d: %d items", seed, n)
				}
			case RequestLeaves:
				left += int64(of[e.Request])
			case BatchStarts:
				items := int32(0)
				for _, m := range e.Batch {
					if m.Items != of[m.Request] {
						t.Errorf("seed %d: request %d had %d items and has %d", seed, m.Request, of[m.Request], m.Items)
					}
					items += m.Items
				}
				taken[e.Pool] += int64(items)
				if most := int32(max(sys.Pools[e.Pool].Batch.Max, 1)); items > most && len(e.Batch) > 1 {
					t.Errorf("seed %d: a batch of %d requests with %d items of at most %d", seed, len(e.Batch), items, most)
				}
			}
		})
		for r.Events() < 2000 && r.Inside() < 1000 {
			r.goOn(1)
			if faults := r.faults(); len(faults) > 0 {
				t.Fatalf("event %d at %d ns:\n  %s\n%s", r.Events(), r.now, strings.Join(faults, "\n  "), describe(sys))
			}
		}
		for i := range r.pools {
			if got := r.pools[i].sums.Items; got != taken[i] {
				t.Errorf("seed %d: pool %d counts %d items of %d", seed, i, got, taken[i])
			}
		}
		if r.count.Items != left {
			t.Errorf("seed %d: %d items of the requests that left are counted as %d", seed, left, r.count.Items)
		}
	}
}

// TestItemsByHand: throughputs of closed loops that can be worked out by hand.
func TestItemsByHand(t *testing.T) {
	const clients = 16
	for name, c := range map[string]struct {
		items []int
		batch Batch
		step  Service
		many  int // Parallel
		rps   float64
		mean  float64 // batch, in items
	}{
		// A second request of 5 does not fit beside the first: 1/2.28 ms, where whole batches of 8 would do 8/5/2.51 ms.
		"five of eight":           {[]int{5}, Batch{Max: 8}, table(2, 2.05, 2.1, 2.2, 2.28, 2.3, 2.4, 2.51), 0, 1 / 2.28e-3, 5},
		"five of eight, prefetch": {[]int{5}, Batch{Max: 8, Prefetch: true}, table(2, 2.05, 2.1, 2.2, 2.28, 2.3, 2.4, 2.51), 0, 1 / 2.28e-3, 5},
		"four of eight":           {[]int{4}, Batch{Max: 8}, table(2, 2.05, 2.1, 2.2, 2.28, 2.3, 2.4, 2.5), 0, 2 / 2.5e-3, 8},
		"a request at a time":     {[]int{5}, Batch{}, table(1, 2, 3, 4, 5), 0, 1 / 5e-3, 5},
		"item by item":            {[]int{3}, Batch{Max: 6}, Service{PerItem: true, At: table(1).At}, 0, 2 / 6e-3, 6},
		"items side by side":      {[]int{3}, Batch{}, Service{PerItem: true, At: table(1).At}, 3, 1 / 1e-3, 3},
		"five on two engines":     {[]int{5}, Batch{}, Service{PerItem: true, At: table(1).At}, 2, 1 / 3e-3, 5},
	} {
		sys := tandem(Source{Clients: clients}, []Resource{unshared()}, Pool{Workers: 1, Batch: c.batch, Steps: []Step{on(0, 0, c.step)}})
		sys.Pools[0].Steps[0].Parallel = c.many
		sys.Classes[0].Items = copies(c.items...)
		r := newRun(t, sys, 0)
		r.Until(event.Time(10*time.Second), unlimited, unlimited)
		n, _ := r.Blocks()
		w := r.Since(n / 4)
		rps, mean := float64(w.Completed)/w.Span.Seconds(), float64(w.Pools[0].Items)/float64(w.Pools[0].Batches)
		if rps < c.rps*0.999 || rps > c.rps*1.001 || mean != c.mean || float64(w.Items) != float64(w.Completed)*float64(c.items[0]) {
			t.Errorf("%s: %v/s in batches of %v, %d items in %d requests; want %v/s and %v", name, rps, mean, w.Items, w.Completed, c.rps, c.mean)
		}
	}
}

// TestItemsSplitIntoCopies: copies are made of each item, and are of one item each; a branch without copies takes all
// items along.
func TestItemsSplitIntoCopies(t *testing.T) {
	sys := tandem(Source{Clients: 1}, []Resource{unshared()},
		Pool{Workers: 0, Batch: Batch{}, Steps: []Step{on(0, 0, each(constant(time.Millisecond)))}},
		Pool{Workers: 0, Batch: Batch{}, Steps: []Step{on(0, 0, each(constant(time.Millisecond)))}})
	sys.Classes[0].Items = copies(3)
	sys.Route = []Node{{Fork: []Branch{{First: 1, Copies: copies(2)}, {First: 2}}, Next: End}, {Pools: []int{0}, Next: End}, {Pools: []int{1}, Next: End}}
	r := newRun(t, sys, 0)
	var seen []string
	r.Observe(func(e *Event) {
		if e.Kind == BatchStarts && e.At == 0 {
			seen = append(seen, fmt.Sprint("pool ", e.Pool, ": ", e.Batch[0].Items))
		}
	})
	r.goOn(1)
	want := "pool 0: 1, pool 0: 1, pool 0: 1, pool 0: 1, pool 0: 1, pool 0: 1, pool 1: 3"
	if got := strings.Join(seen, ", "); got != want {
		t.Errorf("%s; want %s", got, want)
	}
}

// TestItemsAreChecked: a request has an item at least, and steps have times for the largest request.
func TestItemsAreChecked(t *testing.T) {
	sys := tandem(Source{Clients: 1}, []Resource{unshared()}, Pool{Workers: 1, Steps: []Step{on(0, 0, table(1, 2))}})
	for want, items := range map[string]*random.Counter{"the least is 1": copies(0, 1), "batches up to 2 of 3": copies(1, 3)} {
		sys.Classes[0].Items = items
		if _, err := New(sys, 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// TestCopiesGiveMemoryBack at the end of their way, whether or not a stage says so: else a memory would fill up for
// good.
func TestCopiesGiveMemoryBack(t *testing.T) {
	sys := tandem(Source{Clients: 1}, []Resource{unshared()}, Pool{Workers: 2, Take: &Hold{SizeBytes: []float64{1}}, Steps: []Step{on(0, 0, each(constant(time.Millisecond)))}})
	sys.Memories = []Memory{{Name: "memory", SizeBytes: 4}}
	sys.Classes[0].Items = copies(4)
	sys.Route = []Node{{Fork: []Branch{{First: 1, Copies: copies(1)}}, Next: End}, {Pools: []int{0}, Next: End}}
	r := newRun(t, sys, 0)
	r.Until(event.Time(time.Second), unlimited, unlimited)
	if n := r.Completed(); n != 500 {
		t.Errorf("%d requests of 4 images are done in 1 s, two by two, a millisecond each: want 500", n)
	}
}
