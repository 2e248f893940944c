package engine

import (
	"fmt"
	"math"
	"slices"

	"vsim/sim/engine/random"
)

// twin is the serving model a second time, as dumb as can be: no tree, no heaps, no clocks, no slabs.
// Every job keeps the work that it still has to do, all speeds are worked out anew from the words at
// Resource before every step of time, and what comes next is looked for everywhere. It shares with the
// engine the specification, the samplers and the named random streams, and nothing else.
type twin struct {
	sys      *System
	now      int64
	arrivals random.Stream
	classes  random.Stream
	balance  []random.Stream
	copies   []random.Stream
	items    random.Stream
	servers  random.Stream
	turns    map[string]int    // by node and choices
	service  [][]random.Stream // by pool and step
	jitter   [][]random.Stream
	pools    []twinPool
	jobs     []*twinJob // in the order in which they came to their resource
	next     int64      // arrival of an open source, or the start of a closed one
	resting  []int64    // ends of think times
	number   int
	onServer []int
	left     []departure
	cores    map[int]*twinCores // by resource
}

type twinRequest struct {
	number          int
	class, node     int
	arrived, queued int64
	server, place   int
	parent          *twinRequest
	pending         int
	items           int

	partition, batch int  // of a message
	alone            bool // it answers a fetch by itself
}

type twinPool struct {
	queue  []*twinRequest
	idle   []int // workers, longest idle first
	inside int
	broker *twinBroker
}

type twinJob struct {
	pool, worker, step int
	batch              []*twinRequest
	resource, kind     int
	left               float64 // work, ns at speed 1
	team               *int    // threads of its batch that are not done, where there are several; all are jobs
}

// departure is one line of the history that must be the same.
type departure struct {
	request int // by order of arrival
	at      int64
}

func itemsOf(requests []*twinRequest) (n int) {
	for _, q := range requests {
		n += q.items
	}
	return n
}

func newTwin(sys *System, replication int) *twin {
	w := &twin{sys: sys, arrivals: stream(sys, "arrival", replication, 0), classes: stream(sys, "class", replication, 0),
		items:   stream(sys, "items", replication, 0),
		servers: stream(sys, "server", replication, 0), turns: map[string]int{}, cores: map[int]*twinCores{}, onServer: make([]int, max(sys.Servers.Count, 1))}
	for i := range sys.Route {
		w.copies = append(w.copies, stream(sys, "copies", replication, i))
		w.balance = append(w.balance, stream(sys, "balance", replication, i))
	}
	index := 0
	for _, p := range sys.Pools {
		var services, jitters []random.Stream
		for range p.Steps {
			services = append(services, stream(sys, "service", replication, index))
			jitters = append(jitters, stream(sys, "jitter", replication, index))
			index++
		}
		w.service, w.jitter = append(w.service, services), append(w.jitter, jitters)
		pool := twinPool{broker: newTwinBroker(&p)}
		for worker := range p.Workers {
			pool.idle = append(pool.idle, worker)
		}
		w.pools = append(w.pools, pool)
	}
	if sys.Source.Gap != nil {
		w.next = sys.Source.Gap.Draw(&w.arrivals)
	}
	return w
}

// speed works out the speed of a job on its resource, 0 while it waits for a slot.
func (w *twin) speed(job *twinJob) float64 {
	res := &w.sys.Resources[job.resource]
	if res.PerCore {
		return w.speedOnCore(job)
	}
	count := make([]float64, len(res.Kinds))
	place := 0
	for _, other := range w.jobs {
		if other.resource != job.resource {
			continue
		}
		if place++; res.Slots > 0 && place > res.Slots {
			break
		}
		count[other.kind]++
	}
	if !w.works(job) {
		return 0
	}
	share, units := divide(res, count)
	slower := 0.0
	if res.Excess != nil && units > 1 {
		count[job.kind]--
		run := make([]float64, len(res.Kinds)) // the neighbours that run while this one does
		for j := range res.Kinds {
			run[j] = count[j] * max(res.Kinds[j].Width, 1) * share[j] * (units - 1) / (units - share[job.kind])
		}
		slower = w.slower(res, job.kind, run)
	}
	return share[job.kind] / (1 + slower)
}

// slower is what so many neighbours of each kind cost a job.
func (w *twin) slower(res *Resource, kind int, run []float64) (excess float64) {
	for j := range res.Kinds {
		crowd := 0.0
		for k := range res.Kinds {
			if k == j || res.Kinds[k].Group > 0 && res.Kinds[k].Group == res.Kinds[j].Group {
				crowd += run[k]
			}
		}
		if run[j] > 0 {
			excess += run[j] / crowd * interpolate(res.Excess[kind][j], crowd)
		}
	}
	return excess
}

// works says whether a job is among the first for which its resource has slots.
func (w *twin) works(job *twinJob) bool {
	before := 0
	for _, other := range w.jobs {
		if other == job {
			break
		}
		if other.resource == job.resource {
			before++
		}
	}
	slots := w.sys.Resources[job.resource].Slots
	return slots == 0 || before < slots
}

// divide pours the capacity out until it is empty or everybody content: the share of its width that a job
// of each kind gets, and the units in use.
func divide(res *Resource, count []float64) (share []float64, units float64) {
	share = make([]float64, len(count))
	fill := func(level float64) (units float64) {
		for k, n := range count {
			wide := n * max(res.Kinds[k].Width, 1)
			share[k] = min(1, level)
			if limit := res.Kinds[k].Limit; limit > 0 && wide > 0 {
				share[k] = min(share[k], limit/wide)
			}
			units += wide * share[k]
		}
		return units
	}
	if units = fill(1); res.Capacity == 0 || units <= res.Capacity {
		return share, units
	}
	low, high := 0.0, 1.0
	for range 200 {
		if middle := (low + high) / 2; fill(middle) > res.Capacity {
			high = middle
		} else {
			low = middle
		}
	}
	return share, fill(low)
}

func interpolate(c Curve, x float64) float64 {
	c = append(Curve{{0, 0}}, c...)
	if end := c[len(c)-1]; x >= end.Neighbours {
		return end.Excess
	}
	i := slices.IndexFunc(c, func(p CurvePoint) bool { return p.Neighbours > x })
	part := (x - c[i-1].Neighbours) / (c[i].Neighbours - c[i-1].Neighbours)
	return c[i-1].Excess*(1-part) + c[i].Excess*part
}

// step lets one thing happen, the earliest; at one time completions by resource, deadlines by pool,
// arrivals. It says whether there was anything.
func (w *twin) step() bool {
	const never = math.MaxInt64
	for i := range w.sys.Resources {
		w.settleCores(i)
	}
	at, what, which := int64(never), 0, 0
	offer := func(time int64, kind, index int) {
		if time < at || time == at && (kind < what || kind == what && index < which) {
			at, what, which = time, kind, index
		}
	}
	for _, j := range w.jobs {
		if w.speed(j) == 0 {
			continue
		}
		offer(w.now+int64(math.Ceil(max(j.left/w.speed(j)-noise, 0))), 0, j.resource)
	}
	for i := range w.pools {
		if w.eager(i) {
			offer(w.deadline(i), 1, i)
		} else if p := &w.pools[i]; len(p.queue) > 0 && w.free(i) {
			offer(p.queue[0].queued+int64(w.sys.Pools[i].Batch.Delay), 1, i)
		}
	}
	if w.sys.Source.Gap != nil || w.number == 0 {
		offer(w.next, 2, 0)
	}
	for _, end := range w.resting {
		offer(end, 2, 0)
	}
	if at == never {
		return false
	}
	speeds := w.pass(at)
	switch what {
	case 0:
		w.complete(which, speeds)
	case 1:
		w.dispatchAll([]int{which})
	default:
		w.arrive()
	}
	return true
}

// pass has the jobs work until then, at speeds that it returns.
func (w *twin) pass(until int64) (speeds []float64) {
	for _, j := range w.jobs {
		speeds = append(speeds, w.speed(j))
	}
	for i, j := range w.jobs {
		j.left -= float64(until-w.now) * speeds[i]
	}
	w.now = until
	w.again(until)
	return speeds
}

// complete ends the step of the job on a resource that was the first to be done.
func (w *twin) complete(resource int, speeds []float64) {
	best := -1
	apart := false // kinds have speeds of their own: at a tie the lowest goes first, even before an older one
	for _, k := range w.sys.Resources[resource].Kinds {
		apart = apart || k.Limit > 0
	}
	apart = (apart || w.sys.Resources[resource].Excess != nil) && !w.sys.Resources[resource].PerCore
	for _, i := range w.inTurn(resource) {
		j := w.jobs[i]
		if speeds[i] == 0 {
			continue
		}
		if best < 0 {
			best = i
			continue
		}
		b := w.jobs[best]
		mine, other := j.left/speeds[i], b.left/speeds[best]
		lower := apart && j.kind < b.kind
		if mine < other-noise || mine < other+noise && lower {
			best = i
		}
	}
	j := w.jobs[best]
	w.jobs = slices.Delete(w.jobs, best, best+1)
	if j.team != nil {
		if *j.team--; *j.team > 0 {
			return
		}
		j.team = nil
	}
	if j.step++; j.step < len(w.sys.Pools[j.pool].Steps) {
		w.begin(j)
		return
	}
	p := &w.pools[j.pool]
	p.inside -= len(j.batch)
	if w.sys.Pools[j.pool].Workers > 0 {
		p.idle = append(p.idle, j.worker)
	}
	var woken []int // a free worker is news only to those that wait for it
	if len(p.queue) > 0 || w.eager(j.pool) {
		woken = append(woken, j.pool)
	}
	for _, q := range j.batch {
		woken = append(woken, w.forward(q)...)
	}
	w.dispatchAll(woken)
}

func (w *twin) arrive() {
	n := 1
	switch {
	case w.sys.Source.Gap != nil:
		w.next = w.now + w.sys.Source.Gap.Draw(&w.arrivals)
	case w.number == 0:
		n = w.sys.Source.Clients
	default:
		slices.Sort(w.resting)
		w.resting = w.resting[1:]
	}
	var woken []int
	for range n {
		woken = append(woken, w.admit()...)
	}
	w.dispatchAll(woken)
}

func (w *twin) admit() (woken []int) {
	q := &twinRequest{number: w.number, arrived: w.now}
	w.number++
	if len(w.sys.Classes) > 1 {
		total, sum := 0.0, 0.0
		for _, c := range w.sys.Classes {
			total += c.Weight
		}
		u := w.classes.Float64()
		for q.class = 0; q.class < len(w.sys.Classes)-1; q.class++ {
			if sum += w.sys.Classes[q.class].Weight; u < sum/total {
				break
			}
		}
	}
	q.items = 1
	if c := w.sys.Classes[q.class].Items; c != nil {
		q.items = c.Draw(&w.items)
	}
	if n := w.sys.Servers.Count; n > 1 {
		var all []int
		for i := range n {
			all = append(all, i)
		}
		q.server = w.choose("server", w.sys.Servers.Balance, all, &w.servers, func(i int) int { return w.onServer[i] })
		w.onServer[q.server]++
	}
	return w.visit(q, 0)
}

// forward moves a request on and returns the pools that have to look at their queues.
func (w *twin) forward(q *twinRequest) (woken []int) {
	next := w.sys.Route[q.node].Next
	if next == 0 {
		if next = q.node + 1; next == len(w.sys.Route) {
			next = End
		}
	}
	return w.visit(q, next)
}

func (w *twin) visit(q *twinRequest, node int) (woken []int) {
	if node == End {
		return w.end(q)
	}
	q.node = node
	if fork := w.sys.Route[node].Fork; fork != nil {
		var children []*twinRequest
		for _, branch := range fork {
			copies, items := 1, q.items
			if branch.Copies != nil {
				copies, items = 0, 1
				for range q.items {
					copies += branch.Copies.Draw(&w.copies[node])
				}
			}
			for range copies {
				children = append(children, &twinRequest{class: q.class, node: branch.First, items: items, server: q.server, place: q.place, parent: q})
			}
		}
		if q.pending = len(children); q.pending == 0 {
			return w.forward(q)
		}
		for _, c := range children {
			woken = append(woken, w.visit(c, c.node)...)
		}
		return woken
	}
	p := w.pick(q)
	q.queued, q.place = w.now, w.sys.Pools[p].Place
	w.pools[p].inside++
	if w.sys.Pools[p].Batch.Send != nil {
		w.label(p, q)
		return []int{p}
	}
	w.pools[p].queue = append(w.pools[p].queue, q)
	if w.eager(p) {
		w.single(p)
		return []int{p}
	}
	if spec := &w.sys.Pools[p]; spec.Workers == 0 && spec.Batch.Max <= 1 {
		w.dispatch(p) // at once: nobody waits here
	}
	if w.pending(p) {
		return nil
	}
	return []int{p}
}

// pending says that a worker waits for the company of those in a queue.
func (w *twin) pending(p int) bool {
	pool, spec := &w.pools[p], &w.sys.Pools[p]
	idle := spec.Workers == 0 || len(pool.idle) > 0
	return idle && len(pool.queue) > 1 && itemsOf(pool.queue) < spec.Batch.Max && w.now < pool.queue[0].queued+int64(spec.Batch.Delay)
}

// end is the end of a request's way.
func (w *twin) end(q *twinRequest) []int {
	if q.parent != nil {
		if q.parent.pending--; q.parent.pending == 0 {
			return w.forward(q.parent)
		}
		return nil
	}
	w.left = append(w.left, departure{q.number, w.now})
	w.onServer[q.server]--
	switch {
	case w.sys.Source.Think != nil:
		w.resting = append(w.resting, w.now+w.sys.Source.Think.Draw(&w.arrivals))
	case w.sys.Source.Clients > 0:
		return w.admit()
	}
	return nil
}

func (w *twin) pick(q *twinRequest) int {
	node := &w.sys.Route[q.node]
	var choices []int
	for _, p := range node.Pools {
		pool := &w.sys.Pools[p]
		serves := pool.Classes == nil || slices.Contains(pool.Classes, q.class)
		if serves && (node.Sticky && pool.Place == q.place || !node.Sticky && pool.Server == q.server) {
			choices = append(choices, p)
		}
	}
	return w.choose(fmt.Sprint(q.node, choices), node.Balance, choices, &w.balance[q.node], func(p int) int { return w.pools[p].inside })
}

// choose picks one by a policy; who chooses from the same takes turns.
func (w *twin) choose(who string, policy Balance, choices []int, stream *random.Stream, inside func(int) int) int {
	if len(choices) == 1 {
		return choices[0]
	}
	any := func() int { return choices[int(stream.Float64()*float64(len(choices)))] }
	fewest := func(a, b int) int {
		if d := inside(a) - inside(b); d != 0 {
			return d
		}
		return a - b
	}
	switch policy {
	case LeastOutstanding:
		return slices.MinFunc(choices, fewest)
	case PowerOfTwo:
		return slices.MinFunc([]int{any(), any()}, fewest)
	case RandomPool:
		return any()
	}
	w.turns[who]++
	return choices[(w.turns[who]-1)%len(choices)]
}

func (w *twin) free(pool int) bool {
	return w.sys.Pools[pool].Workers == 0 || len(w.pools[pool].idle) > 0
}

// dispatchAll has pools start their batches, and then those that this lets go on.
func (w *twin) dispatchAll(pools []int) {
	for len(pools) > 0 {
		first := pools[0]
		pools = slices.DeleteFunc(pools[1:], func(pool int) bool { return pool == first })
		w.dispatch(first)
		for _, pool := range w.opened(first) {
			if !slices.Contains(pools, pool) {
				pools = append(pools, pool)
			}
		}
	}
}

// dispatch starts all batches that may start.
func (w *twin) dispatch(pool int) {
	p, spec := &w.pools[pool], &w.sys.Pools[pool]
	switch {
	case spec.Batch.Send != nil:
		w.send(pool)
		return
	case spec.Batch.Fetch != nil:
		w.fetch(pool)
		return
	}
	limit := max(spec.Batch.Max, 1)
	for len(p.queue) > 0 && w.free(pool) && (itemsOf(p.queue) >= limit || w.now-p.queue[0].queued >= int64(spec.Batch.Delay)) {
		n := 1 // the first, however large, and those behind it that fit
		for n < len(p.queue) && itemsOf(p.queue[:n+1]) <= limit {
			n++
		}
		batch := slices.Clone(p.queue[:n])
		p.queue = p.queue[n:]
		w.take(pool, batch)
	}
}

// take has a worker take a batch.
func (w *twin) take(pool int, batch []*twinRequest) {
	j, p := &twinJob{pool: pool, batch: batch}, &w.pools[pool]
	if w.sys.Pools[pool].Workers > 0 {
		j.worker, p.idle = p.idle[0], p.idle[1:]
	}
	w.begin(j)
}

// begin puts a job on the resource of its step.
func (w *twin) begin(j *twinJob) {
	step := &w.sys.Pools[j.pool].Steps[j.step]
	j.kind, j.resource = step.Kind, step.Resource[j.worker%len(step.Resource)]
	if step.Kinds != nil {
		j.kind = step.Kinds[itemsOf(j.batch)-1]
	}
	at, stream := step.Service.At, &w.service[j.pool][j.step]
	j.left = 0
	engines := make([]float64, max(step.Parallel, step.Threads, 1)) // when each is free
	for _, q := range j.batch {
		row := at[min(q.class, len(at)-1)]
		if !step.Service.PerItem {
			j.left = float64(row[itemsOf(j.batch)-1].Draw(stream))
			break
		}
		for range q.items {
			first := slices.Index(engines, slices.Min(engines))
			engines[first] += float64(row[0].Draw(stream))
			j.left = slices.Max(engines)
		}
	}
	alone := j.left
	if step.Jitter > 0 {
		uniform := float64(int64(w.jitter[j.pool][j.step].Uint64())) / (1 << 63) // in +-1
		j.left += math.Trunc(j.left * math.Sqrt(3) * step.Jitter * uniform)
	}
	if speed := w.sys.Resources[j.resource].Speed; speed > 0 {
		j.left /= speed
	}
	if step.Threads > 1 && alone > 0 {
		j.team = new(int)
		for _, busy := range engines {
			if busy > 0 {
				thread := *j
				thread.left = busy / alone * j.left
				*j.team++
				w.jobs = append(w.jobs, &thread)
			}
		}
		return
	}
	w.jobs = append(w.jobs, j)
}
