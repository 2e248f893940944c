package engine

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
)

// Changes to a system of which the effect is known without a formula. (That more workers or larger
// batches help is not among them: batching has anomalies.)

// watch returns all that one can see of a run, request by request.
func watch(t *testing.T, sys *System, events int64) string {
	r := newRun(t, sys, 0)
	var text strings.Builder
	r.Observe(func(e *Event) {
		if e.Kind == RequestLeaves {
			fmt.Fprintln(&text, int64(e.Arrived), int64(e.At), e.Class)
		}
	})
	for r.Events() < events && r.Inside() < 500 {
		r.goOn(1)
	}
	return text.String()
}

// same checks that a change makes no difference to random systems, to the last nanosecond.
func same(t *testing.T, change func(sys *System)) {
	t.Helper()
	sameAs(t, func(*System) {}, change)
}

// sameAs checks that two changes to random systems make no difference between them.
func sameAs(t *testing.T, one, change func(sys *System)) {
	t.Helper()
	for seed := range uint64(60) {
		sys, other := drawSystem(seed), drawSystem(seed)
		one(sys)
		change(other)
		if a, b := watch(t, sys, 1000), watch(t, other, 1000); a != b || a == "" {
			t.Errorf("differs, or nothing left: %d and %d bytes\n%s", len(a), len(b), describe(sys))
		}
	}
}

func TestRepeated(t *testing.T) { same(t, func(*System) {}) }

func TestDelayOfSinglesIsNothing(t *testing.T) {
	same(t, func(sys *System) {
		for i := range sys.Pools {
			if sys.Pools[i].Batch.Max <= 1 {
				sys.Pools[i].Batch = Batch{Max: 1 - sys.Pools[i].Batch.Max, Delay: 7 * time.Millisecond}
			}
		}
	})
}

func TestNoExcessIsNothing(t *testing.T) {
	same(t, func(sys *System) {
		for i := range sys.Resources {
			if r := &sys.Resources[i]; r.Excess == nil {
				for range r.Kinds {
					row := make([]Curve, len(r.Kinds))
					row[0] = Curve{{1, 0}, {3, 0}}
					r.Excess = append(r.Excess, row)
				}
			}
		}
	})
}

func TestWidthOneIsTheDefault(t *testing.T) {
	same(t, func(sys *System) {
		for i := range sys.Resources {
			for k := range sys.Resources[i].Kinds {
				if w := &sys.Resources[i].Kinds[k].Width; *w == 0 {
					*w = 1
				}
			}
		}
	})
}

// An unlimited resource is the same as one that is never full, and as one for each user.
func TestRoomForAllIsUnlimited(t *testing.T) {
	same(t, func(sys *System) {
		for i := range sys.Resources {
			if sys.Resources[i].Capacity == 0 {
				sys.Resources[i].Capacity = 1e9
			}
		}
	})
}

// Full speed, slots for all, limits that the capacity keeps, and power change nothing.
func TestIdleFeaturesAreNothing(t *testing.T) {
	same(t, func(sys *System) {
		for i := range sys.Resources {
			r := &sys.Resources[i]
			if r.Speed == 0 {
				r.Speed = 1
			}
			if r.Slots == 0 {
				r.Slots = 1e6
			}
			r.IdleWatts++
			for k := range r.Kinds {
				r.Kinds[k].Watts++
				if r.Kinds[k].Limit == 0 {
					r.Kinds[k].Limit = r.Capacity
				}
			}
		}
	})
}

// A single kind's limit is a capacity: half of the resource is a resource of half the size.
func TestLimitOfAllIsTheCapacity(t *testing.T) {
	build := func(capacity, limit float64) *System {
		sys := sharing(capacity, poisson(1700), exponential(time.Millisecond))
		sys.Resources[0].Kinds[0].Limit = limit
		return sys
	}
	want := departures(t, newRun(t, build(2, 0), 0), 5000)
	for _, capacity := range []float64{0, 5} {
		for i, got := range departures(t, newRun(t, build(capacity, 2), 0), 5000) {
			if d := got.at - want[i].at; got.request != want[i].request || d < -1 || d > 1 {
				t.Fatalf("capacity %v: departure %d: request %d at %d ns, not %d at %d ns", capacity, i, got.request, got.at, want[i].request, want[i].at)
			}
		}
	}
}

// TestSpeedIsShorterTimes: a resource twice as fast is one on which all takes half as long, to the
// nanosecond where times are even.
func TestSpeedIsShorterTimes(t *testing.T) {
	tried := 0
	for seed := range uint64(200) {
		if !swarmOf(seed).grid {
			continue
		}
		tried++
		fast, short := drawSystem(seed), drawSystem(seed)
		for i := range fast.Resources {
			fast.Resources[i].Speed, short.Resources[i].Speed = 2, 0
		}
		for i := range short.Pools {
			for k, step := range short.Pools[i].Steps {
				fast.Pools[i].Steps[k].Parallel, short.Pools[i].Steps[k].Parallel = 0, 0 // a third of a time is not even
				for _, row := range step.Service.At {
					for b, ns := range row {
						row[b] = must(random.Scale(ns, 0.5))
					}
				}
			}
		}
		if a, b := watch(t, fast, 1000), watch(t, short, 1000); a != b || a == "" {
			t.Errorf("differs, or nothing left\n%s", describe(fast))
		}
	}
	if tried < 20 {
		t.Errorf("only %d systems have even times", tried)
	}
}

// TestBridgeWithRoom: a bridge that is never the narrowest is nothing: links behind it are as separate ones.
func TestBridgeWithRoom(t *testing.T) {
	build := func(shared bool) *System {
		sys := tandem(poisson(2500), nil)
		node := Node{Balance: LeastOutstanding}
		for g := range 3 {
			p := Pool{Steps: []Step{on(g, 0, one(exponential(time.Millisecond)))}}
			if shared {
				p.Steps[0].Resource, p.Steps[0].Kind = []int{0}, g
			}
			node.Pools = append(node.Pools, g)
			sys.Pools = append(sys.Pools, p)
			sys.Resources = append(sys.Resources, bridge(1, 0))
		}
		sys.Route = []Node{node}
		if shared {
			sys.Resources = []Resource{bridge(3, 1, 1, 1)}
		}
		return sys
	}
	separate, shared := departures(t, newRun(t, build(false), 0), 5000), departures(t, newRun(t, build(true), 0), 5000)
	for i, a := range separate {
		if b := shared[i]; a.request != b.request || a.at-b.at < -1 || a.at-b.at > 1 {
			t.Fatalf("departure %d: request %d at %d ns, behind a bridge request %d at %d ns", i, a.request, a.at, b.request, b.at)
		}
	}
}

func TestNamesAreNothing(t *testing.T) {
	same(t, func(sys *System) {
		for i := range sys.Pools {
			sys.Pools[i].Name = "another"
		}
		for i := range sys.Resources {
			sys.Resources[i].Name = "another"
		}
		for i := range sys.Classes {
			sys.Classes[i].Name, sys.Classes[i].Weight = "another", 4*sys.Classes[i].Weight
		}
	})
}

// TestTimeScales: k times all times give k times the latencies. Draws and completions are whole ns at
// either scale, which makes some 1e-6 of the mean of requests of ms, and now and then turns a near tie
// round, after which the two histories are two samples: so 1e-5 for nine systems in ten, and for the rest
// 10 %.
func TestTimeScales(t *testing.T) {
	const k, systems = 64, 60
	turned := 0
	for seed := range uint64(systems) {
		a, b := drawSystem(seed), drawSystem(seed)
		scaled := map[*random.Sampler]*random.Sampler{}
		scale := func(s **random.Sampler) {
			if *s == nil {
				return
			}
			if scaled[*s] == nil {
				scaled[*s] = must(random.Scale(*s, k))
			}
			*s = scaled[*s]
		}
		scale(&b.Source.Gap)
		scale(&b.Source.Think)
		for i := range b.Pools {
			p := &b.Pools[i]
			p.Batch.Delay *= k
			for j := range p.Steps {
				for _, row := range p.Steps[j].Service.At {
					for c := range row {
						scale(&row[c])
					}
				}
			}
		}
		mean := func(sys *System, requests, events int64) (float64, int64) {
			r := newRun(t, sys, 0)
			for r.Completed() < requests && r.Events() < events && r.Inside() < 500 && r.now < event.Time(1e15) {
				r.goOn(1)
			}
			return float64(r.count.LatencyNs) / float64(r.Completed()), r.Completed()
		}
		one, n := mean(a, 300, 2000)
		many, m := mean(b, n, unlimited)
		off := math.Abs(many/(k*one) - 1)
		if off > 1e-5 {
			turned++
		}
		if off > 0.1 {
			t.Errorf("%d requests of mean %.6g ns became %d of %.6g ns, %.6f times\n%s", n, one, m, many, many/one, describe(a))
		}
	}
	if turned > systems/10 {
		t.Errorf("%d of %d histories went apart", turned, systems)
	}
}

// TestIdenticalPoolsSwap: which of two pools that are alike is called the first makes no difference to
// the distribution; where nothing is drawn for the pools themselves, none at all.
func TestIdenticalPoolsSwap(t *testing.T) {
	build := func(first, second int) *System {
		sys := tandem(poisson(1800), []Resource{unshared(), unshared()})
		for g := range 2 {
			sys.Pools = append(sys.Pools, Pool{Workers: 1, Batch: Batch{Max: 4, Delay: time.Millisecond}, Steps: []Step{on(g, 0, each(constant(900*time.Microsecond)))}})
		}
		sys.Route = []Node{{Pools: []int{first, second}, Balance: RoundRobin}}
		return sys
	}
	if watch(t, build(0, 1), 5000) != watch(t, build(1, 0), 5000) {
		t.Error("swapped pools serve differently")
	}
}

// TestCommonRandomNumbers: a pool with other workers sees the same arrivals, of the same classes.
func TestCommonRandomNumbers(t *testing.T) {
	arrivals := func(workers int) (text string) {
		sys := queue(workers, poisson(900), exponential(time.Millisecond))
		sys.Classes = images()
		r := newRun(t, sys, 3)
		r.Observe(func(e *Event) {
			if e.Kind == RequestArrives {
				text += fmt.Sprintln(int64(e.At), e.Class)
			}
		})
		r.Until(event.Time(2*time.Second), unlimited, unlimited)
		return text
	}
	if arrivals(1) != arrivals(5) {
		t.Error("the number of workers changes the arrivals")
	}
	if arrivals(1) == "" {
		t.Error("nothing arrived")
	}
}

// TestReplicationsDiffer: each replication and each seed has streams of its own.
func TestReplicationsDiffer(t *testing.T) {
	see := func(seed uint64, replication int) int64 {
		sys := queue(1, poisson(900), exponential(time.Millisecond))
		sys.Seed = seed
		r := newRun(t, sys, replication)
		r.Until(event.Time(time.Second), unlimited, unlimited)
		return r.count.LatencyNs
	}
	if a, b, c := see(1, 0), see(1, 1), see(2, 0); a == b || a == c || b == c {
		t.Errorf("%d, %d and %d ns of latency: streams are shared", a, b, c)
	}
}
