package sim

import (
	"math"
	"slices"

	"vsim/sim/random"
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
	turn     []int
	service  [][]random.Stream // by pool and step
	pools    []twinPool
	jobs     []*twinJob // in the order in which they came to their resource
	next     int64      // arrival of an open source, or the start of a closed one
	resting  []int64    // ends of think times
	number   int
	left     []departure
}

type twinRequest struct {
	number          int
	class, node     int
	arrived, queued int64
}

type twinPool struct {
	queue  []*twinRequest
	idle   []int // workers, longest idle first
	inside int
}

type twinJob struct {
	pool, worker, step int
	batch              []*twinRequest
	resource, kind     int
	left               float64 // work, ns at speed 1
}

// departure is one line of the history that must be the same.
type departure struct {
	request int // by order of arrival
	at      int64
}

func newTwin(sys *System, replication int) *twin {
	w := &twin{sys: sys, arrivals: stream(sys, "arrival", replication, 0), classes: stream(sys, "class", replication, 0),
		turn: make([]int, len(sys.Route))}
	for i := range sys.Route {
		w.balance = append(w.balance, stream(sys, "balance", replication, i))
	}
	index := 0
	for _, p := range sys.Pools {
		var streams []random.Stream
		for range p.Steps {
			streams = append(streams, stream(sys, "service", replication, index))
			index++
		}
		w.service = append(w.service, streams)
		pool := twinPool{}
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

// working returns the jobs on a resource that have a slot: those that came first.
func (w *twin) working(resource int) (jobs []*twinJob) {
	for _, j := range w.jobs {
		if slots := w.sys.Resources[resource].Slots; j.resource == resource && (slots == 0 || len(jobs) < slots) {
			jobs = append(jobs, j)
		}
	}
	return jobs
}

// speed works out the speed of a job on its resource.
func (w *twin) speed(job *twinJob) float64 {
	res := &w.sys.Resources[job.resource]
	jobs := w.working(job.resource)
	if !slices.Contains(jobs, job) {
		return 0
	}
	count := make([]float64, len(res.Kinds))
	for _, other := range jobs {
		count[other.kind]++
	}
	share, units := dumbShares(res, count)
	slower := 0.0
	if res.Excess != nil {
		count[job.kind]--
		for j := range res.Kinds {
			if beside := count[j] * dumbWidth(res, j) * share[j]; beside > 0 {
				slower += interpolate(res.Excess[job.kind][j], beside*max(units-1, 0)/(units-share[job.kind]))
			}
		}
	}
	speed := share[job.kind] / (1 + slower)
	if res.Speed > 0 {
		speed *= res.Speed
	}
	return speed
}

// dumbShares finds the share of its width that a job of each kind gets, by trying levels until the
// capacity is used up, and the units of capacity that are busy.
func dumbShares(res *Resource, count []float64) (share []float64, units float64) {
	share = make([]float64, len(count))
	pour := func(level float64) (units float64) {
		for k := range count {
			wide := count[k] * dumbWidth(res, k)
			share[k] = level
			if limit := res.Kinds[k].Limit; limit > 0 && wide*level > limit {
				share[k] = limit / wide
			}
			units += wide * share[k]
		}
		return units
	}
	if units = pour(1); res.Capacity == 0 || units <= res.Capacity {
		return share, units
	}
	low, high := 0.0, 1.0
	for range 60 {
		if middle := (low + high) / 2; pour(middle) > res.Capacity {
			high = middle
		} else {
			low = middle
		}
	}
	return share, pour(low)
}

func dumbWidth(res *Resource, kind int) float64 { return max(res.Kinds[kind].Width, 1) }

// apart says that the kinds of jobs have speeds of their own.
func (w *twin) apart(resource int) bool {
	res := &w.sys.Resources[resource]
	return res.Excess != nil || slices.ContainsFunc(res.Kinds, func(k Kind) bool {
		return k.Limit > 0 && (res.Capacity == 0 || k.Limit < res.Capacity)
	})
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
	at, what, which := int64(never), 0, 0
	offer := func(time int64, kind, index int) {
		if time < at || time == at && (kind < what || kind == what && index < which) {
			at, what, which = time, kind, index
		}
	}
	for _, j := range w.jobs {
		if speed := w.speed(j); speed > 0 {
			offer(w.now+int64(math.Ceil(max(j.left/speed-noise, 0))), 0, j.resource)
		}
	}
	for i := range w.pools {
		if p := &w.pools[i]; len(p.queue) > 0 && w.free(i) {
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
		w.dispatch(which)
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
	return speeds
}

// complete ends the step of the job on a resource that was the first to be done.
func (w *twin) complete(resource int, speeds []float64) {
	best := -1
	for i, j := range w.jobs {
		if j.resource != resource || speeds[i] == 0 {
			continue
		}
		if best < 0 {
			best = i
			continue
		}
		b := w.jobs[best]
		mine, other := j.left/speeds[i], b.left/speeds[best]
		lower := w.apart(resource) && j.kind < b.kind // at a tie, before the older
		if mine < other-noise || mine < other+noise && lower {
			best = i
		}
	}
	j := w.jobs[best]
	w.jobs = slices.Delete(w.jobs, best, best+1)
	if j.step++; j.step < len(w.sys.Pools[j.pool].Steps) {
		w.begin(j)
		return
	}
	p := &w.pools[j.pool]
	p.inside -= len(j.batch)
	if w.sys.Pools[j.pool].Workers > 0 {
		p.idle = append(p.idle, j.worker)
	}
	woken := []int{j.pool}
	for _, q := range j.batch {
		woken = append(woken, w.forward(q)...)
	}
	for _, pool := range woken {
		w.dispatch(pool)
	}
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
	for _, pool := range woken {
		w.dispatch(pool)
	}
}

func (w *twin) admit() (woken []int) {
	q := &twinRequest{number: w.number, node: -1, arrived: w.now}
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
	return w.forward(q)
}

// forward moves a request on and returns the pools that have to look at their queues.
func (w *twin) forward(q *twinRequest) (woken []int) {
	if q.node++; q.node == len(w.sys.Route) {
		w.left = append(w.left, departure{q.number, w.now})
		switch {
		case w.sys.Source.Think != nil:
			w.resting = append(w.resting, w.now+w.sys.Source.Think.Draw(&w.arrivals))
		case w.sys.Source.Clients > 0:
			return w.admit()
		}
		return nil
	}
	p := w.pick(q.node)
	q.queued = w.now
	w.pools[p].queue = append(w.pools[p].queue, q)
	w.pools[p].inside++
	return []int{p}
}

func (w *twin) pick(node int) int {
	choices := w.sys.Route[node].Pools
	if len(choices) == 1 {
		return choices[0]
	}
	any := func() int { return choices[int(w.balance[node].Float64()*float64(len(choices)))] }
	fewest := func(a, b int) int {
		if d := w.pools[a].inside - w.pools[b].inside; d != 0 {
			return d
		}
		return a - b
	}
	switch w.sys.Route[node].Balance {
	case LeastOutstanding:
		return slices.MinFunc(choices, fewest)
	case PowerOfTwo:
		return slices.MinFunc([]int{any(), any()}, fewest)
	case RandomPool:
		return any()
	}
	w.turn[node]++
	return choices[(w.turn[node]-1)%len(choices)]
}

func (w *twin) free(pool int) bool {
	return w.sys.Pools[pool].Workers == 0 || len(w.pools[pool].idle) > 0
}

// dispatch starts all batches that may start.
func (w *twin) dispatch(pool int) {
	p, spec := &w.pools[pool], &w.sys.Pools[pool]
	limit := max(spec.Batch.Max, 1)
	for len(p.queue) > 0 && w.free(pool) && (len(p.queue) >= limit || w.now-p.queue[0].queued >= int64(spec.Batch.Delay)) {
		n := min(limit, len(p.queue))
		j := &twinJob{pool: pool, batch: slices.Clone(p.queue[:n])}
		p.queue = p.queue[n:]
		if spec.Workers > 0 {
			j.worker, p.idle = p.idle[0], p.idle[1:]
		}
		w.begin(j)
	}
}

// begin puts a job on the resource of its step.
func (w *twin) begin(j *twinJob) {
	step := &w.sys.Pools[j.pool].Steps[j.step]
	j.kind, j.resource = step.Kind, step.Resource[j.worker%len(step.Resource)]
	at, stream := step.Service.At, &w.service[j.pool][j.step]
	j.left = 0
	for _, q := range j.batch {
		row := at[min(q.class, len(at)-1)]
		if !step.Service.PerItem {
			j.left = float64(row[len(j.batch)-1].Draw(stream))
			break
		}
		j.left += float64(row[0].Draw(stream))
	}
	w.jobs = append(w.jobs, j)
}
