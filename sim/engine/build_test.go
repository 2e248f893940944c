package engine

import (
	"os"
	"testing"
	"time"

	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
)

// Builders of small systems, for the tests of this package.

func must(s *random.Sampler, err error) *random.Sampler {
	if err != nil {
		panic(err)
	}
	return s
}

func constant(d time.Duration) *random.Sampler    { return must(random.Constant(float64(d))) }
func exponential(d time.Duration) *random.Sampler { return must(random.Exponential(float64(d))) }
func lognormal(d time.Duration, cv float64) *random.Sampler {
	return must(random.Lognormal(float64(d), cv))
}

// copies draws one of the numbers; one that is given twice comes up twice as often.
func copies(numbers ...int) *random.Counter {
	weights := make([]float64, len(numbers))
	for i := range weights {
		weights[i] = 1
	}
	c, err := random.NewCounter(numbers, weights)
	if err != nil {
		panic(err)
	}
	return c
}

// poisson is an open source of so many requests a second.
func poisson(rate float64) Source { return Source{Gap: must(random.Exponential(1e9 / rate))} }

// one is the service that is the same for all classes and batches of one.
func one(s *random.Sampler) Service { return Service{At: [][]*random.Sampler{{s}}} }

// on is a step on one resource.
func on(resource, kind int, s Service) Step {
	return Step{Name: "work", Resource: []int{resource}, Kind: kind, Service: s}
}

// unshared is a resource without contention.
func unshared() Resource { return Resource{Name: "delay", Kinds: []Kind{{Name: "work"}}} }

// cores is a CPU.
func cores(n float64) Resource {
	return Resource{Name: "cpu", Capacity: n, Kinds: []Kind{{Name: "work"}}}
}

// tandem is a system of stations visited in turn, each pool a node of its own.
func tandem(source Source, resources []Resource, pools ...Pool) *System {
	sys := &System{Seed: 1, Classes: []Class{{Name: "only", Weight: 1}}, Resources: resources, Pools: pools, Source: source}
	for i := range pools {
		sys.Route = append(sys.Route, Node{Pools: []int{i}})
	}
	return sys
}

// queue is one station of workers without contention, first come first served.
func queue(workers int, source Source, service *random.Sampler) *System {
	return tandem(source, []Resource{unshared()}, Pool{Name: "queue", Workers: workers, Steps: []Step{on(0, 0, one(service))}})
}

// sharing is one station where all requests share the cores at once.
func sharing(n float64, source Source, service *random.Sampler) *System {
	return tandem(source, []Resource{cores(n)}, Pool{Name: "cpu", Steps: []Step{on(0, 0, one(service))}})
}

func newRun(t testing.TB, sys *System, replication int) *Run {
	t.Helper()
	r, err := New(sys, replication)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const (
	unlimited = 1 << 62 // events or requests
	forever   = event.Never - 1
)

// goOn runs that many more events.
func (r *Run) goOn(events int64) { r.Until(forever, r.Events()+events, unlimited) }

// long says whether tests should take their time: VSIM_LONG=1, in make check.
func long() bool { return os.Getenv("VSIM_LONG") != "" }

// seeds is the number of random systems to try, twenty times as many in long tests, a tenth under the race detector.
func seeds(n int) int {
	switch {
	case underRace:
		return n / 10
	case long():
		return n * 20
	}
	return n
}

// underRace is true in a binary with the race detector, ten times as slow and blind to what statistics
// and random systems are about: the engine has one goroutine.
var underRace bool
