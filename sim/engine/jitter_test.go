package engine

import (
	"math"
	"testing"
	"time"

	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
)

// jitterAll gives all steps of a system a jitter.
func jitterAll(sys *System, deviation float64) {
	for i := range sys.Pools {
		for k := range sys.Pools[i].Steps {
			sys.Pools[i].Steps[k].Jitter = deviation
		}
	}
}

// TestJitterHasItsDeviation: the factor is uniform with mean 1 and the given standard deviation.
func TestJitterHasItsDeviation(t *testing.T) {
	const n, work, deviation = 100_000, 1e9, 0.01
	j := newJitter(deviation, random.NewStream(1, "jitter", 0))
	sum, squares, most := 0.0, 0.0, 0.0
	for range n {
		off := float64(j.vary(work))/work - 1
		sum, squares, most = sum+off, squares+off*off, max(most, math.Abs(off))
	}
	if mean := sum / n; math.Abs(mean) > 4*deviation/math.Sqrt(n) {
		t.Errorf("the mean is off by %v", mean)
	}
	// The variance of a uniform variable's square is 4/5 of its variance squared.
	if got := squares / n / (deviation * deviation); math.Abs(got-1) > 4*math.Sqrt(0.8/n) {
		t.Errorf("the variance is %v of what it should be", got)
	}
	if most > deviation*math.Sqrt(3)+1/work || most < deviation*1.73 {
		t.Errorf("it is off by %v at most", most)
	}
}

// TestJitterDrawsFromItsOwnStream: jitter leaves every other random number as it was. With a worker for everybody
// and nothing shared, each request's latency is its service time, but for the jitter.
func TestJitterDrawsFromItsOwnStream(t *testing.T) {
	history := func(deviation float64) (left []departure, r *Run) {
		sys := sharing(0, poisson(100), exponential(ms))
		jitterAll(sys, deviation)
		r = newRun(t, sys, 0)
		return departures(t, r, 500), r
	}
	with, a := history(0.1)
	without, b := history(0)
	if a.count.Steps[0] == b.count.Steps[0] || a.little.entered == 0 && len(with) == 0 {
		t.Error("jitter makes no difference")
	}
	at := map[int]int64{}
	for _, d := range without {
		at[d.request] = d.at
	}
	for _, d := range with {
		if plain, ok := at[d.request]; ok && math.Abs(float64(d.at-plain)) > 0.1*math.Sqrt(3)*20e6 {
			t.Errorf("request %d leaves at %d ns, without jitter at %d ns", d.request, d.at, plain)
		}
	}
}

// TestJitterIsOneDrawABatch: a batch of items is varied as a whole: two items that are each drawn anew would
// vary by less.
func TestJitterIsOneDrawABatch(t *testing.T) {
	const n = 16
	sys := tandem(Source{Clients: n}, []Resource{unshared()}, Pool{Workers: 1, Batch: Batch{Max: n}, Steps: []Step{on(0, 0, each(constant(ms)))}})
	jitterAll(sys, 0.1)
	r := newRun(t, sys, 0)
	twice := newJitter(0.1, stream(sys, "jitter", 0, 0))
	for range 10 {
		before := r.now
		for done := r.Completed(); r.Completed() == done; {
			r.goOn(1)
		}
		if want := twice.vary(n * 1e6); int64(r.now-before) != want {
			t.Fatalf("a batch takes %d ns, want %d ns", r.now-before, want)
		}
	}
}

// TestLockStep: two workers that copy in for 0.6 ms, compute for 2 ms and copy out for 0.2 ms, each on a resource of
// its own that both share. In lock step they share everything, and two are no faster than one: 1000/2.8 requests/s.
// Jitter lets them drift apart: at 1 % it takes minutes until all phases have come up evenly, at 5 % seconds.
func TestLockStep(t *testing.T) {
	rate := func(workers int, deviation float64) float64 {
		p := Pool{Workers: workers}
		var resources []Resource
		for i, d := range []time.Duration{600, 2000, 200} {
			resources = append(resources, cores(1))
			p.Steps = append(p.Steps, on(i, 0, one(constant(d*time.Microsecond))))
		}
		sys := tandem(Source{Clients: 16}, resources, p)
		jitterAll(sys, deviation)
		r := newRun(t, sys, 0)
		r.Until(event.Time(200*time.Second), unlimited, unlimited)
		warm, _ := r.Blocks()
		w := r.Since(warm / 4)
		return float64(w.Completed) / w.Span.Seconds()
	}
	for workers, want := range map[int]float64{1: 357, 2: 457, 4: 496} {
		for _, deviation := range []float64{0.05, 0.1} {
			if got := rate(workers, deviation); math.Abs(got/want-1) > 0.01 {
				t.Errorf("%d workers, jitter %v: %.1f requests/s, want %v", workers, deviation, got, want)
			}
		}
		if got := rate(workers, 0); math.Abs(got-1000/2.8) > 0.5 {
			t.Errorf("%d workers without jitter: %.1f requests/s, want %.1f", workers, got, 1000/2.8)
		}
	}
}
