package engine

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"vsim/sim/engine/event"
)

// faults checks everything that must hold between two events.
func (r *Run) faults() (faults []string) {
	check := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Sprintf(format, args...))
		}
	}
	inside := int64(r.Inside())
	dropped := int64(0)
	for _, n := range r.count.Dropped {
		dropped += n
	}
	check(r.LittleGap() == 0, "Little's law is off by %d", r.LittleGap())
	check(r.count.Arrived == r.count.Completed+dropped+inside, "%d arrived, %d completed, %d dropped, %d inside", r.count.Arrived, r.count.Completed, dropped, inside)
	if r.source.clients > 0 && r.source.started {
		check(int(inside)+r.source.resting.Len() == r.source.clients, "%d inside and %d resting of %d clients", inside, r.source.resting.Len(), r.source.clients)
	}
	check(len(r.woken) == 0 && len(r.touched) == 0, "work left at the end of an event: %v %v", r.woken, r.touched)
	total, jobs := int32(0), 0
	for i := range r.pools {
		p := &r.pools[i]
		inside := r.inside.of(int32(i))
		total += inside
		check(inside >= p.waiting && p.waiting >= p.queue.len(), "pool %d: %d inside, %d waiting, %d in its queue", i, inside, p.waiting, p.queue.len())
		check(p.outages == 0 || inside == 0 || r.goesOn(i), "pool %d: %d inside while it is down", i, inside)
		check(p.outages == 0 || p.queue.len() == 0, "pool %d: %d wait while it is down", i, p.queue.len())
		if p.full {
			check(r.tree.Due(p.slot) == event.Never && r.pools[p.feeding.taker].queue.len() > 0, "pool %d: fetches nothing, due at %d", i, r.tree.Due(p.slot))
			continue
		}
		if p.queue.other != nil {
			check(r.tree.Due(p.slot) == p.queue.other.Due(), "pool %d: due at %d, not at %d", i, r.tree.Due(p.slot), p.queue.other.Due())
			continue
		}
		if p.queue.len() == 0 || !p.hasIdle() {
			check(r.tree.Due(p.slot) == event.Never, "pool %d: a deadline with nothing to wait for", i)
			continue
		}
		// Work conservation: with a worker idle, those in the queue wait for company and for a reason.
		oldest := r.requests.items[p.queue.line.head].queued
		late := oldest + event.Time(p.spec.Batch.Delay)
		check(p.queue.len() < p.queue.max && r.now <= late, "pool %d: a worker idles while %d wait since %d", i, p.queue.len(), oldest)
		check(r.tree.Due(p.slot) == late, "pool %d: due at %d, not at %d", i, r.tree.Due(p.slot), late)
	}
	tokens, held := r.tokens()
	check(int(total)+tokens == r.requests.used(), "%d requests in pools, %d elsewhere, %d in all", total, tokens, r.requests.used())
	for i := range r.memories {
		m := &r.memories[i]
		check(math.Abs(m.used-held[i]) < 1, "memory %d: %v used, %v held", i, m.used, held[i])
		check(m.spec.Full == Evict || m.used <= m.spec.SizeBytes, "memory %d: %v used of %v", i, m.used, m.spec.SizeBytes)
		jobs += len(m.waiting)
	}
	for i := range r.resources {
		res, spec := &r.resources[i], &r.sys.Resources[i]
		present := 0
		for _, c := range res.jobs.kinds {
			present += int(c.n)
		}
		jobs += present + res.line.len
		due := r.tree.Due(res.slot)
		check(present == res.jobs.all, "resource %d: %d present by kind, %d in all", i, present, res.jobs.all)
		check(spec.Slots == 0 || present <= spec.Slots && (present == spec.Slots || res.line.len == 0), "resource %d: %d in %d slots, %d wait", i, present, spec.Slots, res.line.len)
		check(due == res.due && (due == event.Never) == (present == 0), "resource %d: %d jobs, due %d", i, present, due)
		if !res.dueNow() { // else its speeds are worked out before time goes on
			r.checkSpeeds(i, check)
		}
	}
	forks := slices.ContainsFunc(r.sys.Route, func(n Node) bool { return n.Fork != nil })
	if !forks && r.sys.Outages == nil { // else requests are also elsewhere
		check(r.accounted() == r.little.number.Integral(r.now), "%d request-ns in queues and stages, %d inside", r.accounted(), r.little.number.Integral(r.now))
	}
	check(jobs == r.jobs.used(), "%d jobs on resources, %d in hands", jobs, r.jobs.used())
	return faults
}

// checkSpeeds checks how a resource is shared.
func (r *Run) checkSpeeds(i int, check func(ok bool, format string, args ...any)) {
	res, spec := &r.resources[i], &r.sys.Resources[i]
	if res.cores != nil {
		res.cores.check(res.jobs.all, check)
		want := min(float64(res.jobs.all)/spec.Capacity, 1)
		check(res.busy == want, "resource %d: busy %v with %d jobs on %v cores", i, res.busy, res.jobs.all, spec.Capacity)
		most := 0.0
		for _, k := range spec.Kinds {
			most = max(most, k.Watts*spec.Capacity)
		}
		check(res.watts >= 0 && res.watts <= most*(1+1e-12), "resource %d: %v W of %v", i, res.watts, most)
		return
	}
	used, wanted := 0.0, 0.0
	for k := range res.jobs.kinds {
		n := res.jobs.kinds[k].n
		speed, wide := res.clock(k).speed, float64(n)*max(spec.Kinds[k].Width, 1)
		used += wide * speed
		check(n == 0 || speed > 0 && speed <= 1, "resource %d: %d jobs of kind %d at speed %v", i, n, k, speed)
		if limit := spec.Kinds[k].Limit; limit > 0 {
			check(wide*speed <= limit*(1+1e-12), "resource %d: kind %d uses %v of its limit of %v", i, k, wide*speed, limit)
			wide = min(wide, limit)
		}
		wanted += wide
	}
	check(res.busy >= 0 && res.busy <= 1+1e-12 && (res.busy > 0) == (res.jobs.all > 0), "resource %d: busy %v with %d jobs", i, res.busy, res.jobs.all)
	if c := spec.Capacity; c > 0 {
		wanted = min(wanted, c)
		check(math.Abs(c*res.busy-wanted) <= 1e-9*c, "resource %d: busy %v of %v, not %v", i, res.busy, c, wanted)
	}
	check(used <= wanted*(1+1e-12), "resource %d: %v used where %v is possible", i, used, wanted)
	check(spec.Excess != nil || math.Abs(used-wanted) <= 1e-9*wanted, "resource %d: wastes capacity: %v of %v used", i, used, wanted)
}

// goesOn says that an outage leaves what a pool has in hand.
func (r *Run) goesOn(pool int) bool {
	return slices.ContainsFunc(r.sys.Outages, func(o Outage) bool { return slices.Contains(o.Waiting, pool) })
}

// accounted is the time that all requests so far have spent in queues and in stages, in request-ns: all
// the time that they were inside.
func (r *Run) accounted() (sum int64) {
	for i := range r.pools {
		sum += r.pools[i].waited + int64(r.pools[i].waiting)*int64(r.now)
	}
	for i := range r.stages {
		sum += r.stages[i].sums.RequestNs
	}
	for id, j := range r.jobs.items {
		if !slices.Contains(r.jobs.free, int32(id)) && j.helps == 0 && !r.waitsForMemory(int32(id)) {
			sum += int64(j.batch.len) * int64(r.now-j.started)
		}
	}
	return sum
}

// waitsForMemory says that a job has not begun.
func (r *Run) waitsForMemory(job int32) bool {
	return slices.ContainsFunc(r.memories, func(m memory) bool { return slices.Contains(m.waiting, job) })
}

// tokens counts the requests that are in no pool, parents of children and those for whom all pools are
// down, and adds up what requests hold of the memories.
func (r *Run) tokens() (elsewhere int, held []float64) {
	held = make([]float64, len(r.memories))
	for i := range r.nodes {
		elsewhere += int(r.nodes[i].parked.len)
	}
	for id := range r.requests.items {
		q := &r.requests.items[id]
		if slices.Contains(r.requests.free, int32(id)) {
			continue
		}
		if int(id) < len(r.details) && r.details[id].pending > 0 {
			elsewhere++
		}
		if q.holds > 0 && !q.spilled {
			held[q.holds-1] += r.share(int32(id)).bytes
		}
	}
	return elsewhere, held
}

// TestConservation runs random systems event by event, one half of them with what can go wrong.
func TestConservation(t *testing.T) {
	var dropped [drops]int64
	retried, evicted, queued, threaded := int64(0), int64(0), 0, 0
	for seed := range uint64(seeds(600)) {
		sys := drawSystem(seed)
		if seed%3 == 2 {
			swarmOf(seed).brokers(sys)
		}
		if seed%2 == 1 {
			swarmOf(seed).trouble(sys)
		}
		if seed%8 >= 6 {
			sys.Source = skipping(t, 20, 50)
		}
		if seed%16 >= 12 {
			itemise(sys, 1, 1, 2, 3, 5)
		}
		if seed%4 >= 2 {
			queued += perCore(sys)
		}
		if seed%5 >= 3 {
			threaded += threads(sys)
		}
		r := newRun(t, sys, 0)
		for range 1000 {
			r.goOn(1)
			if n := r.source.streamsInside(); r.source.inside != nil && n != r.Inside() {
				t.Fatalf("event %d: %d requests inside, of %d streams\n%s", r.Events(), r.Inside(), n, describe(sys))
			}
			if faults := r.faults(); len(faults) > 0 {
				t.Fatalf("event %d at %d ns:\n  %s\n%s", r.Events(), r.now, strings.Join(faults, "\n  "), describe(sys))
			}
			if r.Inside() > 2000 {
				break
			}
		}
		if r.Completed() == 0 && r.Inside() < 100 && seed%2 == 0 { // else it is overloaded from the start
			t.Errorf("nothing was completed\n%s", describe(sys))
		}
		for i, n := range r.count.Dropped {
			dropped[i] += n
		}
		retried, evicted = retried+r.count.Retried, evicted+r.count.Evicted
	}
	t.Logf("dropped %v, sent anew %d, evicted %d; %d resources with run queues", dropped, retried, evicted, queued)
	if queued < seeds(600)/20 || threaded < seeds(600)/10 {
		t.Errorf("%d resources with run queues, %d steps with threads", queued, threaded)
	}
	for i, n := range dropped {
		if n == 0 {
			t.Errorf("no request was ever %s", Drop(i))
		}
	}
	if retried == 0 || evicted == 0 {
		t.Errorf("%d requests were sent anew and %d evicted", retried, evicted)
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
		if w.Completed > r.Completed() || r.now == event.Time(n)*event.Time(length) && w.Completed != r.Completed() {
			t.Errorf("%d completions in blocks, %d in all", w.Completed, r.Completed())
		}
		if !slices.Equal(w.Steps, r.count.Steps) || !slices.Equal(w.Pools, r.count.Pools) { // as they were when the last block ended
			t.Errorf("blocks make %v and %v, all in all it is %v and %v", w.Steps, w.Pools, r.count.Steps, r.count.Pools)
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
