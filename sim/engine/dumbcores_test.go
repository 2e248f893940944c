package engine

import "slices"

// twinCores is the run queues of a resource a second time: where each thread was last, and who is there, in the order in
// which they came to their cores. All else is counted anew.
type twinCores struct {
	last  map[int]int // core, by thread
	there []int       // threads
}

// thread numbers the worker of a job among those of all pools.
func (w *twin) thread(j *twinJob) (n int) {
	for _, p := range w.sys.Pools[:j.pool] {
		n += p.Workers
	}
	return n + j.worker
}

// jobOf is the job that a thread has on a resource, nil where it has none there.
func (w *twin) jobOf(thread, resource int) *twinJob {
	for _, j := range w.jobs {
		if j.resource == resource && w.thread(j) == thread {
			return j
		}
	}
	return nil
}

// on lists the threads of a core.
func (c *twinCores) on(core int) (out []int) {
	for _, t := range c.there {
		if c.last[t] == core {
			out = append(out, t)
		}
	}
	return out
}

// settleCores puts threads on cores as the words at coreSet say.
func (w *twin) settleCores(resource int) {
	res := &w.sys.Resources[resource]
	if !res.PerCore {
		return
	}
	n := int(res.Capacity)
	c := w.cores[resource]
	if c == nil {
		c = &twinCores{last: map[int]int{}}
		w.cores[resource] = c
	}
	idle := func() int {
		for core := range n {
			if len(c.on(core)) == 0 {
				return core
			}
		}
		return -1
	}
	c.there = slices.DeleteFunc(c.there, func(t int) bool { return w.jobOf(t, resource) == nil })
	var come []int
	for _, j := range w.jobs {
		if t := w.thread(j); j.resource == resource && !slices.Contains(c.there, t) {
			come = append(come, t)
		}
	}
	slices.Sort(come)
	for _, t := range come {
		last, known := c.last[t]
		if !known {
			last = t % n
		}
		delete(c.last, t)
		if free := idle(); len(c.on(last)) > 0 && free >= 0 {
			last = free
		}
		c.last[t] = last
		c.there = append(c.there, t)
	}
	for free := idle(); free >= 0; free = idle() {
		full := 0
		for core := range n {
			if len(c.on(core)) > len(c.on(full)) {
				full = core
			}
		}
		if len(c.on(full)) < 2 {
			return
		}
		taken := c.on(full)[len(c.on(full))-1]
		c.there = append(slices.DeleteFunc(c.there, func(t int) bool { return t == taken }), taken)
		c.last[taken] = free
	}
}

// speedOnCore is the speed of a job that has a part of a core.
func (w *twin) speedOnCore(job *twinJob) float64 {
	res, c := &w.sys.Resources[job.resource], w.cores[job.resource]
	mine := c.last[w.thread(job)]
	share := 1 / float64(len(c.on(mine)))
	if res.Turns != nil && len(c.on(mine)) > 1 {
		lost := 0.0
		for _, t := range c.on(mine) {
			if t != w.thread(job) {
				lost += res.Turns[job.kind][w.jobOf(t, job.resource).kind]
			}
		}
		share /= 1 + lost/float64(len(c.on(mine))-1)
	}
	if res.Excess == nil {
		return share
	}
	run := make([]float64, len(res.Kinds))
	for _, t := range c.there {
		if core := c.last[t]; core != mine {
			run[w.jobOf(t, job.resource).kind] += 1 / float64(len(c.on(core)))
		}
	}
	return share / (1 + max(w.slower(res, job.kind, run), 0))
}

// inTurn lists the jobs in the order in which they finish at a tie: on run queues as they came to their cores.
func (w *twin) inTurn(resource int) (out []int) {
	for i, j := range w.jobs {
		if j.resource == resource {
			out = append(out, i)
		}
	}
	if c := w.cores[resource]; c != nil {
		slices.SortFunc(out, func(a, b int) int {
			return slices.Index(c.there, w.thread(w.jobs[a])) - slices.Index(c.there, w.thread(w.jobs[b]))
		})
	}
	return out
}
