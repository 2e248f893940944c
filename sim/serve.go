package sim

import "vsim/sim/event"

// arrive lets the source's due requests in.
func (r *Run) arrive() {
	for n := r.source.take(r.now); n > 0; n-- {
		r.admit()
	}
	r.tree.Set(r.source.slot, r.source.due())
}

// admit makes a request and lets it in.
func (r *Run) admit() {
	r.little.enter(r.now)
	r.enter(r.requests.take())
}

// enter sends a new request to the first node.
func (r *Run) enter(id int32) {
	r.requests.items[id] = request{arrived: r.now, class: r.source.class(), node: -1, next: none}
	r.count.Arrived++
	if r.trace != nil {
		r.trace(requestArrives, id)
	}
	r.forward(id)
}

// forward sends a request to its next node, or out.
func (r *Run) forward(id int32) {
	q := &r.requests.items[id]
	q.node++
	if int(q.node) == len(r.nodes) {
		r.leave(id)
		return
	}
	p := r.nodes[q.node].pick(r.inside)
	q.queued = r.now
	r.inside[p]++
	pool := &r.pools[p]
	pool.waited -= int64(r.now)
	r.append(&pool.queue, id)
	r.wake(p)
}

// leave takes a request that is done out of the system; a closed loop's client goes on, and when it
// does not think first, its next request takes the place of the last.
func (r *Run) leave(id int32) {
	if r.trace != nil {
		r.trace(requestLeaves, id)
	}
	arrived := r.requests.items[id].arrived
	latency := int64(r.now - arrived)
	r.count.Completed++
	r.history.latency.Record(latency)
	r.count.LatencyNs += latency
	if r.source.clients > 0 && r.source.think == nil {
		r.little.renew(arrived, r.now)
		r.enter(id)
		return
	}
	r.little.leave(arrived, r.now)
	r.requests.release(id)
	if r.source.clients > 0 {
		r.source.rest(r.now)
		r.tree.Set(r.source.slot, r.source.due())
	}
}

// dispatch hands batches to idle workers as long as the batching rule lets one go.
func (r *Run) dispatch(i int) {
	p := &r.pools[i]
	due := event.Never
	for p.queue.len > 0 && p.hasIdle() {
		if p.queue.len < p.max && p.delay > 0 {
			if late := r.requests.items[p.queue.head].queued + p.delay; r.now < late {
				due = late
				break
			}
		}
		r.start(i, p)
	}
	if due != p.deadline {
		p.deadline = due
		r.tree.Set(p.slot, due)
	}
}

// start has a worker take up to a full batch from the queue and begin.
func (r *Run) start(i int, p *pool) {
	id := r.jobs.take()
	j := &r.jobs.items[id]
	*j = job{batch: r.split(&p.queue, p.max), pool: int32(i), worker: p.takeWorker(), stage: p.first}
	c := &r.count.Pools[i]
	c.Batches++
	c.Requests += int64(j.batch.len)
	p.waited += int64(j.batch.len) * int64(r.now)
	if r.trace != nil {
		r.trace(batchStarts, id)
	}
	r.begin(id, j)
}

// begin starts the job's present step on its resource.
func (r *Run) begin(id int32, j *job) {
	s := &r.stages[j.stage]
	j.started = r.now
	r.touch(s.where(j.worker)).add(id, s.kind, float64(r.work(s, &j.batch)))
	if r.trace != nil {
		r.trace(stepStarts, id)
	}
}

// work draws how long a batch would take undisturbed, in ns.
func (r *Run) work(s *stage, batch *fifo) (ns int64) {
	if !s.perItem {
		return s.draw(r.requests.items[batch.head].class, batch.len)
	}
	if s.fixed >= 0 {
		return s.fixed * int64(batch.len)
	}
	for q := batch.head; q != none; {
		request := &r.requests.items[q]
		ns += s.draw(request.class, 1)
		q = request.next
	}
	return ns
}

// complete ends a step: the job goes on with its next step, or its worker is free and its requests
// move on.
func (r *Run) complete(resource int) {
	res := r.touch(resource)
	id := res.first()
	j := &r.jobs.items[id]
	s := &r.stages[j.stage]
	res.remove(s.kind)
	if r.trace != nil {
		r.trace(stepEnds, id)
	}
	span := int64(r.now - j.started)
	s.sums.WorkerNs += span
	s.sums.RequestNs += span * int64(j.batch.len)
	if !s.last {
		j.stage++
		r.begin(id, j)
		return
	}
	r.pools[j.pool].releaseWorker(j.worker)
	r.inside[j.pool] -= j.batch.len
	r.wake(j.pool)
	batch := j.batch
	r.jobs.release(id)
	for q := batch.head; q != none; {
		next := r.requests.items[q].next
		r.forward(q)
		q = next
	}
}

// append puts a request at the end of a list.
func (r *Run) append(f *fifo, id int32) {
	r.requests.items[id].next = none
	if f.len == 0 {
		f.head = id
	} else {
		r.requests.items[f.tail].next = id
	}
	f.tail = id
	f.len++
}

// split takes up to n requests off the front of a list.
func (r *Run) split(f *fifo, n int32) fifo {
	if f.len <= n {
		all := *f
		*f = fifo{none, none, 0}
		return all
	}
	front := fifo{head: f.head, len: n}
	last := f.head
	for range n - 1 {
		last = r.requests.items[last].next
	}
	front.tail = last
	f.head = r.requests.items[last].next
	f.len -= n
	r.requests.items[last].next = none
	return front
}
