package engine

import (
	"math"
	"slices"
	"testing"
	"time"

	"vsim/sim/engine/event"
)

// TestWaterFilling: shares worked out by hand. Capacity and limits are in links' worth; one number a kind
// of job, each of width 1.
func TestWaterFilling(t *testing.T) {
	for name, c := range map[string]struct {
		capacity float64
		limits   []float64
		jobs     []int32
		shares   []float64
	}{
		"alone on its link":                      {2, []float64{1, 1}, []int32{1, 0}, []float64{1, 0}},
		"two on one link, a link's worth free":   {2, []float64{1, 1}, []int32{2, 0}, []float64{0.5, 0}},
		"three links behind a bridge of two":     {2, []float64{1, 1, 1}, []int32{1, 1, 1}, []float64{2.0 / 3, 2.0 / 3, 2.0 / 3}},
		"what a crowded link leaves, others get": {2, []float64{1, 1, 1}, []int32{4, 1, 1}, []float64{1.0 / 4, 1.0 / 2, 1.0 / 2}},
		"a slow link is content with little":     {2, []float64{0.2, 2, 2}, []int32{1, 1, 1}, []float64{0.2, 0.9, 0.9}},
		"one after the other is content":         {1.5, []float64{0.25, 0.5, 1}, []int32{1, 1, 1}, []float64{0.25, 0.5, 0.75}},
		"a limit binds without a capacity":       {0, []float64{0.5, 0}, []int32{2, 3}, []float64{0.25, 1}},
	} {
		res := Resource{Capacity: c.capacity}
		for _, limit := range c.limits {
			res.Kinds = append(res.Kinds, Kind{Limit: limit})
		}
		l := newLaw(&res)
		row := l.paces(mixOf(c.jobs...))
		for k, want := range c.shares {
			if got := row.pace[k].speed; math.Abs(got-want) > 1e-12 {
				t.Errorf("%s: kind %d runs at %v, want %v", name, k, got, want)
			}
		}
	}
}

// TestWaterFillingTwin: the same shares as from bisection, for random capacities, limits and jobs.
func TestWaterFillingTwin(t *testing.T) {
	for seed := range uint64(seeds(3000)) {
		s := swarmOf(seed)
		res := Resource{Capacity: []float64{0, 0.5, 1, 2.5, 8}[s.IntN(5)]}
		count, jobs := make([]float64, 1+s.IntN(6)), []int32{}
		for k := range count {
			res.Kinds = append(res.Kinds, Kind{Width: float64(s.IntN(3)), Limit: 2 * s.Float64() * float64(s.IntN(2))})
			jobs = append(jobs, int32(s.IntN(5)))
			count[k] = float64(jobs[k])
		}
		res.Kinds[0].Limit = 0.3
		l := newLaw(&res)
		row := l.paces(mixOf(jobs...))
		share, units := divide(&res, count)
		for k := range count {
			if got := row.pace[k].speed; jobs[k] > 0 && math.Abs(got-share[k]) > 1e-9 {
				t.Errorf("seed %d: kind %d of %v on %+v runs at %v, want %v", seed, k, jobs, res, got, share[k])
			}
		}
		if want := units / res.Capacity; res.Capacity > 0 && math.Abs(row.busy-want) > 1e-9 {
			t.Errorf("seed %d: busy %v, want %v", seed, row.busy, want)
		}
	}
}

// Jobs that take turns on c engines are M/M/c, whoever holds them meanwhile.
func TestSlotsAsServers(t *testing.T) {
	const c, load = 3, 2.4
	engine := unshared()
	engine.Slots = c
	sys := tandem(poisson(1000*load), []Resource{engine}, Pool{Name: "decode", Steps: []Step{on(0, 0, one(exponential(time.Millisecond)))}})
	agree(t, "mean latency, ms", observe(t, sys, 100*time.Second, meanMs), mmcMs(c, load), 0.04)
	// The same draws in the same order as with workers: the same latencies to the nanosecond.
	a, b := newRun(t, sys, 0), newRun(t, queue(c, poisson(1000*load), exponential(time.Millisecond)), 0)
	a.goOn(20_000)
	b.goOn(20_000)
	if a.now != b.now || a.count.LatencyNs != b.count.LatencyNs {
		t.Errorf("after 20000 events %d and %d ns, latencies of %d and %d ns in all", a.now, b.now, a.count.LatencyNs, b.count.LatencyNs)
	}
}

// TestSpeed: a resource twice as fast is one whose steps take half the time.
func TestSpeed(t *testing.T) {
	fast := sharing(2, poisson(3000), constant(800*time.Microsecond))
	fast.Resources[0].Speed = 2
	short := sharing(2, poisson(3000), constant(400*time.Microsecond))
	a, b := newRun(t, fast, 0), newRun(t, short, 0)
	a.goOn(20_000)
	b.goOn(20_000)
	if a.now != b.now || a.count.LatencyNs != b.count.LatencyNs {
		t.Errorf("after 20000 events %d and %d ns, latencies of %d and %d ns in all", a.now, b.now, a.count.LatencyNs, b.count.LatencyNs)
	}
}

// TestEnergy: the utilization law. Two cores with a load of 0.8 in all, at 10 W each, use 8 W above
// idle however the work is shared, and a step that stalls beside others still keeps its core.
func TestEnergy(t *testing.T) {
	for name, excess := range map[string][][]Curve{"": nil, "beside others ": {{{{1, 0.5}}}}} {
		sys := sharing(2, poisson(800), exponential(time.Millisecond))
		sys.Resources[0].IdleWatts, sys.Resources[0].Kinds[0].Watts, sys.Resources[0].Excess = 30, 10, excess
		busy := func(w *Window) float64 { return w.ActiveJ[0]/w.Span.Seconds()/10 - 2*w.Busy[0] }
		for _, off := range observe(t, sys, 50*time.Second, busy) {
			if math.Abs(off) > 1e-9 {
				t.Errorf("%senergy and busy cores differ by %v", name, off)
			}
		}
		if excess == nil {
			watts := observe(t, sys, 50*time.Second, func(w *Window) float64 { return (w.ActiveJ[0] + w.IdleJ[0]) / w.Span.Seconds() })
			agree(t, "watts", watts, 30+10*0.8, 0.01)
		}
	}
}

// TestResourceAgainstTwin: jobs come, are done and are cancelled, running or waiting for a slot, on
// random resources; before each of these the resource says when the next job will be done as the dumb
// simulator does, to the nanosecond, and it is a job that has by then no more to do.
func TestResourceAgainstTwin(t *testing.T) {
	cancelled, inLine := 0, 0
	for seed := range uint64(seeds(400)) {
		s := swarmOf(seed)
		spec := s.resource()
		r, w := newResource(&spec, new(lawBook).of(&spec), 0, 0), twin{sys: &System{Resources: []Resource{spec}}}
		for id := range int32(200) {
			r.due = r.settle()
			due := w.soonest()
			if d := int64(r.due) - due; d < -1 || d > 1 {
				t.Fatalf("seed %d, step %d: due at %d ns, not at %d: %+v", seed, id, r.due, due, spec)
			}
			if len(w.jobs) > 0 && s.chance(0.4) {
				w.pass(int64(r.due))
				r.advance(r.due)
				i := slices.IndexFunc(w.jobs, func(j *twinJob) bool { return int32(j.worker) == r.first() })
				j := w.jobs[i]
				if late := j.left / w.speed(j); !(late < 1) {
					t.Fatalf("seed %d, step %d: a job is done that has %v ns to go: %+v", seed, id, late, spec)
				}
				r.remove(j.kind)
				w.jobs = slices.Delete(w.jobs, i, i+1)
				continue
			}
			now := w.now + s.Int64N(1e5)
			if len(w.jobs) > 0 {
				now = w.now + s.Int64N(int64(r.due)-w.now+1)
			}
			w.pass(now)
			r.advance(event.Time(now))
			if i := s.IntN(len(w.jobs) + 1); i < len(w.jobs) && s.chance(0.3) {
				j := w.jobs[i]
				cancelled++
				if !w.works(j) {
					inLine++
				}
				r.cancel(int32(j.worker), j.kind)
				w.jobs = slices.Delete(w.jobs, i, i+1)
				continue
			}
			j := &twinJob{worker: int(id), kind: s.IntN(len(spec.Kinds)), left: 1e6 * s.ExpFloat64()} // Speed is the step's affair: TestSpeed
			r.add(id, j.kind, j.left)
			w.jobs = append(w.jobs, j)
		}
	}
	t.Logf("%d cancelled, %d of them in line", cancelled, inLine)
	if cancelled < 10*seeds(400) || inLine < seeds(400) {
		t.Error("too few to say anything")
	}
}

// soonest returns when the next job is done.
func (w *twin) soonest() int64 {
	due := int64(event.Never)
	for _, j := range w.jobs {
		if speed := w.speed(j); speed > 0 {
			due = min(due, w.now+int64(math.Ceil(max(j.left/speed-noise, 0))))
		}
	}
	return due
}
