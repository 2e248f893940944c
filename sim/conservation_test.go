package sim

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"vsim/sim/event"
)

// faults checks everything that must hold between two events.
func (r *Run) faults() (faults []string) {
	check := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Sprintf(format, args...))
		}
	}
	inside := int64(r.requests.used)
	check(r.LittleGap() == 0, "Little's law is off by %d", r.LittleGap())
	check(r.count.Arrived == r.count.Completed+inside, "%d arrived, %d completed, %d inside", r.count.Arrived, r.count.Completed, inside)
	if r.source.clients > 0 && r.source.started {
		check(int(inside)+r.source.resting.Len() == r.source.clients, "%d inside and %d resting of %d clients", inside, r.source.resting.Len(), r.source.clients)
	}
	check(len(r.woken) == 0 && len(r.touched) == 0, "work left at the end of an event: %v %v", r.woken, r.touched)
	total, jobs := int32(0), 0
	for i := range r.pools {
		p := &r.pools[i]
		total += r.inside[i]
		check(r.inside[i] >= p.queue.len, "pool %d: %d inside, %d in its queue", i, r.inside[i], p.queue.len)
		if p.queue.len == 0 || !p.hasIdle() {
			check(r.tree.Due(p.slot) == event.Never, "pool %d: a deadline with nothing to wait for", i)
			continue
		}
		// Work conservation: with a worker idle, those in the queue wait for company and for a reason.
		late := r.requests.items[p.queue.head].queued + p.delay
		check(p.queue.len < p.max && r.now <= late, "pool %d: a worker idles while %d wait since %d", i, p.queue.len, r.now-late+p.delay)
		check(r.tree.Due(p.slot) == late, "pool %d: due at %d, not at %d", i, r.tree.Due(p.slot), late)
	}
	check(total == int32(inside), "%d requests in pools, %d inside", total, inside)
	for i := range r.resources {
		res, spec := &r.resources[i], &r.sys.Resources[i]
		used, wanted, present := 0.0, 0.0, 0
		for k, n := range res.n {
			present += int(n)
			speed, wide := res.clock(k).speed, float64(n)*max(spec.Kinds[k].Width, 1)
			used += wide * speed
			check(n == 0 || speed > 0 && speed <= 1, "resource %d: %d jobs of kind %d at speed %v", i, n, k, speed)
			if limit := spec.Kinds[k].Limit; limit > 0 {
				check(wide*speed <= limit*(1+1e-12), "resource %d: kind %d uses %v of its limit of %v", i, k, wide*speed, limit)
				wide = min(wide, limit)
			}
			wanted += wide
		}
		waiting := res.line.len
		jobs += present + waiting
		due := r.tree.Due(res.slot)
		check(res.busy >= 0 && res.busy <= 1+1e-12 && (res.busy > 0) == (present > 0), "resource %d: busy %v with %d jobs", i, res.busy, present)
		check(due == res.due && (due == event.Never) == (present == 0), "resource %d: %d jobs, due %d", i, present, due)
		check(waiting == 0 || present == spec.Slots, "resource %d: %d jobs wait for a slot, %d of %d are taken", i, waiting, present, spec.Slots)
		check(spec.Slots == 0 || present <= spec.Slots, "resource %d: %d jobs in %d slots", i, present, spec.Slots)
		if c := spec.Capacity; c > 0 {
			wanted = min(wanted, c)
			check(math.Abs(c*res.busy-wanted) <= 1e-9*c, "resource %d: busy %v of %v, not %v", i, res.busy, c, wanted)
		}
		check(used <= wanted*(1+1e-12), "resource %d: %v used where %v is possible", i, used, wanted)
		check(spec.Excess != nil || math.Abs(used-wanted) <= 1e-9*wanted, "resource %d: wastes capacity: %v of %v used", i, used, wanted)
	}
	check(r.accounted() == r.little.number.Integral(r.now), "%d request-ns in queues and stages, %d inside", r.accounted(), r.little.number.Integral(r.now))
	check(jobs == r.jobs.used, "%d jobs on resources, %d in hands", jobs, r.jobs.used)
	return faults
}

// accounted is the time that all requests so far have spent in queues and in stages, in request-ns: all
// the time that they were inside.
func (r *Run) accounted() (sum int64) {
	for i := range r.pools {
		sum += r.pools[i].waited + int64(r.pools[i].queue.len)*int64(r.now)
	}
	for i := range r.stages {
		sum += r.stages[i].sums.RequestNs
	}
	for id, j := range r.jobs.items {
		if !slices.Contains(r.jobs.free, int32(id)) {
			sum += int64(j.batch.len) * int64(r.now-j.started)
		}
	}
	return sum
}

// TestConservation runs random systems event by event.
func TestConservation(t *testing.T) {
	for seed := range uint64(seeds(300)) {
		sys := drawSystem(seed)
		r := newRun(t, sys, 0)
		for range 1500 {
			r.goOn(1)
			if faults := r.faults(); len(faults) > 0 {
				t.Fatalf("event %d at %d ns:\n  %s\n%s", r.Events(), r.now, strings.Join(faults, "\n  "), describe(sys))
			}
			if r.Inside() > 2000 {
				break
			}
		}
		if r.Completed() == 0 && r.Inside() < 100 { // else it is overloaded from the start
			t.Errorf("nothing was completed\n%s", describe(sys))
		}
	}
}

// TestWindows adds the blocks up: nothing is lost between them, and averages lie where they must.
func TestWindows(t *testing.T) {
	for seed := range uint64(seeds(100)) {
		sys := drawSystem(seed)
		r := newRun(t, sys, 0)
		r.Until(0, unlimited, unlimited)
		for n := 0; n < 40; n, _ = r.Blocks() {
			before := r.now
			if r.goOn(5000); r.now == before || r.Inside() > 5000 {
				break
			}
		}
		n, length := r.Blocks()
		w := r.Since(0)
		var completed, sum int64
		for i := range n {
			c, ns := r.BlockLatency(i)
			completed, sum = completed+c, sum+ns
		}
		if completed != w.Completed || sum != w.Latency.Sum() || w.Latency.Count() != completed {
			t.Errorf("%d and %d completions of %d and %d ns\n%s", completed, w.Completed, sum, w.Latency.Sum(), describe(sys))
		}
		if w.Span != time.Duration(n)*length {
			t.Errorf("%d blocks of %v make %v", n, length, w.Span)
		}
		for i, busy := range w.Busy {
			if busy < 0 || busy > 1+1e-9 {
				t.Errorf("resource %d is busy %v of the time\n%s", i, busy, describe(sys))
			}
		}
		step := 0
		for _, p := range sys.Pools {
			held := int64(0)
			for range p.Steps {
				held += w.Steps[step].WorkerNs
				step++
			}
			// A step counts when it ends: up to what was begun before the window.
			if p.Workers > 0 && held > int64(p.Workers)*int64(r.now) {
				t.Errorf("pool %q: workers held for %d ns of %d", p.Name, held, int64(p.Workers)*int64(w.Span))
			}
		}
	}
}
