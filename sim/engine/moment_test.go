package engine

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"vsim/sim/engine/event"
)

// What happens within one moment, and in which order.

// told collects what an observer is told of one moment.
func told(r *Run, at event.Time) *[]string {
	out := new([]string)
	r.Observe(func(e *Event) {
		if e.At == at {
			*out = append(*out, fmt.Sprint(e.Kind, " ", max(e.Request, e.Job))) // one of them is 0
		}
	})
	return out
}

// TestLowerResourceFirst: of completions on one resource the next comes at once, unless the last has led to
// one that is due now on a resource of a lower number.
func TestLowerResourceFirst(t *testing.T) {
	sys := tandem(Source{Clients: 2}, []Resource{unshared(), unshared()},
		Pool{Steps: []Step{on(1, 0, one(constant(ms))), on(0, 0, one(constant(0))), on(0, 0, one(constant(ms)))}})
	r := newRun(t, sys, 0)
	got := told(r, event.Time(ms))
	r.Until(event.Time(ms), unlimited, unlimited)
	if want := []string{"ends 0", "starts 0", "ends 0", "starts 0", "ends 1", "starts 1", "ends 1", "starts 1"}; !slices.Equal(*got, want) {
		t.Errorf("%q, want %q", *got, want)
	}
}

// TestMemoryGivenBackAtOnce: who waits for memory goes on before the next completion of the same moment.
func TestMemoryGivenBackAtOnce(t *testing.T) {
	sys := tandem(Source{Clients: 3}, []Resource{unshared(), unshared()},
		Pool{Workers: 3, Steps: []Step{on(0, 0, one(constant(ms)))}, Take: &Hold{SizeBytes: []float64{1}}},
		Pool{Steps: []Step{on(1, 0, one(constant(ms)))}, Give: []int{0}}, Pool{Steps: []Step{on(1, 0, one(constant(ms)))}})
	sys.Memories = []Memory{{SizeBytes: 2, Full: Wait}}
	r := newRun(t, sys, 0)
	got := told(r, 2*event.Time(ms))
	r.Until(2*event.Time(ms), unlimited, unlimited)
	if want := []string{"ends 0", "batch 0", "starts 0", "batch 2", "starts 2", "ends 1", "batch 1", "starts 1"}; !slices.Equal(*got, want) {
		t.Errorf("%q, want %q", *got, want)
	}
}

// TestOrderOfBatches: pools hand out batches in the order in which something changed for them. Of a request
// that goes to P, Q and P, and finds one of its kind waiting in all three places, it is the third part that
// fills P's batch, after the second has filled Q's.
func TestOrderOfBatches(t *testing.T) {
	work := []Step{on(0, 0, each(constant(ms)))}
	sys := tandem(Source{Gap: constant(ms)}, []Resource{unshared()},
		Pool{Name: "P", Workers: 1, Batch: Batch{Max: 4, Delay: 10 * ms}, Steps: work}, Pool{Name: "Q", Workers: 1, Batch: Batch{Max: 2, Delay: 10 * ms}, Steps: work})
	sys.Route = []Node{{Fork: []Branch{{First: 1}, {First: 2}, {First: 1}}, Next: End}, {Pools: []int{0}, Next: End}, {Pools: []int{1}, Next: End}}
	r := newRun(t, sys, 0)
	var order []string
	r.Observe(func(e *Event) {
		if e.Kind == BatchStarts {
			order = append(order, fmt.Sprint(sys.Pools[e.Pool].Name, len(e.Batch)))
		}
	})
	r.Until(2*event.Time(ms), unlimited, unlimited)
	if want := []string{"Q2", "P4"}; !slices.Equal(order, want) {
		t.Errorf("%q, want %q", order, want)
	}
}

// TestStopsAmongCompletions: a run with too many inside stops between two completions of one moment.
func TestStopsAmongCompletions(t *testing.T) {
	parts := copies(16)
	sys := &System{Seed: 1, Classes: []Class{{Weight: 1}}, Source: Source{Gap: constant(time.Second)}, Resources: []Resource{unshared(), unshared()},
		Pools: []Pool{{Steps: []Step{on(0, 0, one(constant(ms)))}}, {Workers: 1, Steps: []Step{on(1, 0, one(constant(time.Hour)))}}},
		Route: []Node{{Fork: []Branch{{First: 1, Copies: parts}}, Next: End}, {Pools: []int{0}},
			{Fork: []Branch{{First: 3, Copies: parts}}, Next: End}, {Pools: []int{1}, Next: End}}}
	r := newRun(t, sys, 0)
	ended := 0
	r.Observe(func(e *Event) {
		if e.Kind == StepEnds {
			ended++
		}
	})
	r.Until(forever, unlimited, 60)
	if ended != 3 || r.requests.used() != 1+16+3*16 {
		t.Errorf("%d ended and %d are inside when it stops, want 3 and 65", ended, r.requests.used())
	}
}

// TestEventByEvent: a run that stops after each event is the run that does not.
func TestEventByEvent(t *testing.T) {
	for seed := range uint64(seeds(100)) {
		watched := func() (*Run, *[]string) {
			sys := drawSystem(seed)
			if seed%2 == 1 {
				swarmOf(seed).trouble(sys)
			}
			r, lines := newRun(t, sys, 0), new([]string)
			r.Observe(func(e *Event) { *lines = append(*lines, fmt.Sprint(r.Events(), " ", *e)) })
			return r, lines
		}
		const events, most = 1000, 3000
		whole, want := watched()
		whole.Until(forever, events, most)
		steps, got := watched()
		for n := int64(1); n <= events; n++ {
			if steps.Until(forever, n, most); steps.Events() > n {
				t.Fatalf("seed %d: %d events, %d allowed", seed, steps.Events(), n)
			}
		}
		if !slices.Equal(*got, *want) {
			t.Errorf("seed %d: another run when it stops after each event", seed)
		}
	}
}

// TestFewestInside: a balancer that goes by eights finds what one finds that goes one by one.
func TestFewestInside(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{1, 2, 7, 8, 9, 24, 31, 33, 40, 63, 64, 65, 90, 91, 120, 500} {
		l := newLoads(n+7, n)
		var choices []int32
		for i := range n {
			choices = append(choices, int32(i+5))
		}
		for range 200 {
			l.add(int32(rng.IntN(n+7)), int32(rng.IntN(5)-2))
			s := l.span(choices)
			if got, want := s.first(), l.least(choices); got != want {
				t.Fatalf("of %d: %d, want %d: %v", n, got, want, l)
			}
		}
	}
}
