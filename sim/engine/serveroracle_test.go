package engine

import (
	"testing"
	"time"

	"vsim/sim/engine/oracle"
)

// Closed forms for what is more than a line of pools; see oracle_test.go for the method.

// forked sends every request to all the pools at once.
func forked(sys *System) *System {
	fork := Node{Next: End}
	sys.Route = []Node{fork}
	for i := range sys.Pools {
		sys.Route[0].Fork = append(sys.Route[0].Fork, Branch{First: i + 1})
		sys.Route = append(sys.Route, Node{Pools: []int{i}, Next: End})
	}
	return sys
}

func TestForkJoin(t *testing.T) {
	server := func(name string) Pool {
		return Pool{Name: name, Workers: 1, Steps: []Step{on(0, 0, one(exponential(time.Millisecond)))}}
	}
	sys := forked(tandem(poisson(700), []Resource{unshared()}, server("a"), server("b")))
	agree(t, "mean latency, ms", observe(t, sys, 150*time.Second, meanMs), oracle.ForkJoinSojourn(0.7, 1), 0.03)
}

// A frame with n faces that are all identified at once takes as long as the slowest.
func TestFanOut(t *testing.T) {
	const faces = 25
	sys := tandem(poisson(100), []Resource{unshared()}, Pool{Name: "identify", Steps: []Step{on(0, 0, one(exponential(time.Millisecond)))}})
	sys.Route = []Node{{Fork: []Branch{{First: 1, Copies: copies(faces)}}, Next: End}, {Pools: []int{0}}}
	agree(t, "mean latency, ms", observe(t, sys, 100*time.Second, meanMs), oracle.MeanMaximum(faces), 0.01)
}

// A server that fails and is repaired, both after exponential times. Who is thrown out starts anew, which
// makes no difference to exponential service; that it goes to the end of the line makes none to the mean.
func TestBreakdowns(t *testing.T) {
	sys := queue(1, poisson(500), exponential(time.Millisecond))
	sys.Outages = []Outage{{Name: "server", Pools: []int{0}, Up: exponential(20 * time.Millisecond), Down: exponential(5 * time.Millisecond)}}
	agree(t, "mean latency, ms", observe(t, sys, 400*time.Second, meanMs), oracle.BreakdownSojourn(0.5, 1, 0.05, 0.2), 0.04)
}

// Random splitting over servers makes of one Poisson stream two, each with an M/M/1 of its own.
func TestServersSplitPoisson(t *testing.T) {
	server := func(n int) Pool {
		return Pool{Name: "server", Workers: 1, Server: n, Steps: []Step{on(0, 0, one(exponential(time.Millisecond)))}}
	}
	sys := tandem(poisson(1400), []Resource{unshared()}, server(0), server(1))
	sys.Route = []Node{{Pools: []int{0, 1}}}
	sys.Servers = Servers{Count: 2, Balance: RandomPool}
	agree(t, "mean latency, ms", observe(t, sys, 100*time.Second, meanMs), oracle.MM1Sojourn(0.7, 1), 0.04)
}

// A pool whose queue of one is always full, and whose batcher misses a share p of the ends: it takes the next request 500 ms after such an
// end, when it began to wait for a worker. So requests leave every s + p 500 ms.
func TestEarlyWakeups(t *testing.T) {
	const early = 0.4
	sys := queue(1, poisson(1000), constant(40*time.Millisecond))
	sys.Pools[0].Batch = Batch{Early: early, Queues: []Queue{{Limit: 1}}}
	agree(t, "throughput, 1/s", observe(t, sys, 2000*time.Second, throughput), 1/(0.04+early*0.5), 0.03)
}

// A memory for c requests in which they lie as long as they are served: they wait as in M/M/c, or are
// rejected as in M/M/c/c (Erlang's loss formula).
func TestMemoryAsServers(t *testing.T) {
	const c, load = 4, 3.0
	build := func(full FullPolicy) *System {
		sys := tandem(poisson(1000*load), []Resource{unshared()}, Pool{Name: "gpu", Steps: []Step{on(0, 0, one(exponential(time.Millisecond)))}})
		sys.Memories = []Memory{{Name: "memory", SizeBytes: c * 1e6, Full: full}}
		sys.Pools[0].Take = &Hold{SizeBytes: []float64{1e6}}
		sys.Pools[0].Give = []int{0}
		return sys
	}
	agree(t, "wait: mean latency, ms", observe(t, build(Wait), 100*time.Second, meanMs), mmcMs(c, load), 0.03)
	lost := observe(t, build(Reject), 100*time.Second, func(w *Window) float64 { return float64(w.Dropped[Rejected]) / float64(w.Arrived) })
	agree(t, "reject: part that is rejected", lost, oracle.ErlangB(c, load), 0.02)
}

// The engines of a step in parallel: n images on k engines take n/k of the time, where all take the same.
func TestParallelEngines(t *testing.T) {
	build := func(parallel int, each1 time.Duration) *System {
		step := on(0, 0, each(constant(each1)))
		step.Parallel = parallel
		return tandem(Source{Clients: 64}, []Resource{unshared()}, Pool{Name: "decode", Workers: 1, Batch: Batch{Max: 16}, Steps: []Step{step}})
	}
	a, b := newRun(t, build(4, 4*time.Millisecond), 0), newRun(t, build(1, time.Millisecond), 0)
	a.goOn(5000)
	b.goOn(5000)
	if a.now != b.now || a.Completed() != b.Completed() {
		t.Errorf("%d requests by %d ns on four engines, %d by %d ns on one four times as fast", a.Completed(), a.now, b.Completed(), b.now)
	}
}

// An image goes to the engine that is free first, in the order of the batch.
func TestImagesGoToTheFirstFreeEngine(t *testing.T) {
	for _, c := range []struct {
		n     int64
		takes []int64
		want  int64
	}{
		{2, []int64{1, 1, 1, 1, 1}, 3},
		{2, []int64{4, 1, 1, 1, 3}, 6},
		{3, []int64{1, 2, 3, 4, 5, 6}, 9},
		{3, []int64{7}, 7},
		{4, nil, 0},
		{1, []int64{1, 2, 3}, 6},
	} {
		var e engines
		e.start(c.n)
		for _, ns := range c.takes {
			e.add(ns)
		}
		if got := e.done(); got != c.want {
			t.Errorf("%v on %d engines: %d, want %d", c.takes, c.n, got, c.want)
		}
	}
}

// A queue that takes so many and rejects the rest: M/M/c/K.
func TestQueueLimit(t *testing.T) {
	const c, waiting, load = 2, 3, 1.8
	sys := queue(c, poisson(1000*load), exponential(time.Millisecond))
	sys.Pools[0].Batch.Queues = []Queue{{Limit: waiting}}
	truth := oracle.MMcK(load, 1, c, c+waiting)
	agree(t, "mean latency, ms", observe(t, sys, 100*time.Second, meanMs), truth.Wait+1, 0.02)
	lost := observe(t, sys, 100*time.Second, func(w *Window) float64 { return float64(w.Dropped[Rejected]) / float64(w.Arrived) })
	agree(t, "part that is rejected", lost, truth.Loss, 0.03)
}

// Two priorities of one queue, each with its own mean.
func TestPriorities(t *testing.T) {
	sys := queue(1, poisson(800), exponential(time.Millisecond))
	sys.Classes = []Class{{Name: "high", Weight: 3, Priority: 1}, {Name: "low", Weight: 5, Priority: 2}}
	sys.Pools[0].Batch.Queues = []Queue{{}, {}}
	for class, wait := range oracle.PriorityWaits([]float64{0.3, 0.5}, 1) {
		got := observe(t, sys, 200*time.Second, func(w *Window) float64 { return w.ByClass[class].Mean() / 1e6 })
		agree(t, sys.Classes[class].Name+": mean latency, ms", got, wait+1, 0.06)
	}
}
