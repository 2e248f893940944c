package engine

import "vsim/sim/engine/event"

// arrive lets the source's due requests in.
func (r *Run) arrive() {
	for n, class := r.source.take(r.now); n > 0; n-- {
		r.admit(class)
	}
	r.tree.Set(r.source.slot, r.source.due())
}

// admit makes a request and lets it in. A class below 0 is drawn.
func (r *Run) admit(class int32) {
	if r.source.skips() {
		r.skip()
		return
	}
	r.little.enter(r.now)
	if class < 0 {
		class = r.source.class()
	}
	r.enter(r.requests.take(), class)
}

// enter sends a new request to the first node.
func (r *Run) enter(id, class int32) {
	q := &r.requests.items[id]
	*q = request{} // set field by field, which the compiler does in place
	q.arrived, q.class, q.parent, q.failed = r.now, class, none, notDropped
	if r.detailed {
		d := r.detail(id)
		d.stream, d.items = r.source.stream, r.source.items(class)
		if r.servers.several() {
			d.server = r.servers.enter(r.down > 0)
		}
	}
	r.count.Arrived++
	if r.observer != nil {
		r.tell(RequestArrives, id)
	}
	r.visit(id, q, 0)
}

// advance takes a request to a node, or to the end of its way.
func (r *Run) advance(id int32, q *request, to int32) {
	switch {
	case to != End:
		r.visit(id, q, to)
	case q.parent == none:
		r.leave(id, q)
	default:
		r.join(id)
	}
}

// visit takes a request to a node, where it joins a pool's queue or splits.
func (r *Run) visit(id int32, q *request, at int32) {
	q.node = at
	n := &r.nodes[at]
	switch {
	case n.only != none && r.down == 0:
		r.queue(id, q, n.only)
	case n.forks:
		r.fork(id)
	default:
		set := r.choices(n, id)
		p := none
		switch {
		case r.down > 0:
			p = r.standing(n, set)
		case n.spans != nil && n.spans[set].known():
			p = n.spans[set].first()
		default:
			p = n.choices.choose(set, n.sets[set], &r.inside)
		}
		switch {
		case p != none:
			r.queue(id, q, p)
		case r.refused(n, set):
			r.drop(id, Lost)
		default:
			r.append(&n.parked, id)
		}
	}
}

// queue has a request join a pool. Where nobody ever waits, it is taken at once.
func (r *Run) queue(id int32, q *request, i int32) {
	p := &r.pools[i]
	q.queued = r.now
	q.place = p.place
	r.inside.add(i, 1)
	if p.open {
		q.next = none
		id, j := r.hire(i, p, fifo{id, id, 1})
		r.proceed(id, j, p)
		return
	}
	if !p.queue.append(r, id) && !p.queue.add(r.now, id, &r.sys.Classes[q.class], r.size(id)) {
		r.inside.add(i, -1)
		r.drop(id, Rejected)
		return
	}
	if r.memories != nil {
		r.lie(id)
	}
	p.waiting++
	p.waited -= int64(r.now)
	if p.fills {
		p.joined(r.now)
	}
	if p.queue.eager() || p.hasIdle() && !p.queue.pending(r.now, p.deadline) { // else the pool is woken when a worker is free, or goes by its deadline
		r.wake(i, p)
	}
}

// leaveQueue counts n requests out of a pool's queue.
func (r *Run) leaveQueue(p *pool, n int32) {
	p.waiting -= n
	p.waited += int64(n) * int64(r.now)
}

// leave takes a request that is done out of the system; a closed loop's client goes on, and when it
// does not think first, its next request comes at the same moment.
func (r *Run) leave(id int32, q *request) {
	if r.observer != nil {
		r.tell(RequestLeaves, id)
	}
	arrived, class := q.arrived, q.class
	if r.detailed {
		r.count.Items += int64(r.details[id].items)
		r.depart(id)
	}
	if q.holds != 0 {
		r.release(id)
	}
	latency := int64(r.now - arrived)
	r.count.Completed++
	r.history.latency[class].Record(latency)
	r.count.LatencyNs += latency
	if r.source.steady {
		r.little.renew(arrived, r.now)
		r.enter(id, r.source.class())
		return
	}
	r.little.leave(arrived, r.now)
	r.requests.release(id)
	if r.source.clients > 0 {
		r.source.rest(r.now)
		r.tree.Set(r.source.slot, r.source.due())
	}
}

// depart has the request's server and its stream know that it has left.
func (r *Run) depart(id int32) {
	if r.servers.several() {
		r.servers.leave(r.detail(id).server)
	}
	if r.source.inside != nil {
		r.source.gone(r.detail(id).stream)
	}
}

// dispatch hands batches to idle workers as long as the queue's discipline lets one go.
func (r *Run) dispatch(i int, p *pool) {
	if p.fills {
		r.dispatchFuller(i, p)
		return
	}
	for q := &p.queue; q.line.len > 0 && p.hasIdle() && p.outages == 0; {
		r.start(i, p, r.split(&q.line, q.max))
	}
}

// dispatchFuller is dispatch where requests may wait for a fuller batch. It also drops those that have waited too
// long.
func (r *Run) dispatchFuller(i int, p *pool) {
	if p.counted != r.now {
		p.fill(r.now)
	}
	due := event.Never
	switch {
	case p.outages > 0:
		r.expire(i, p)
	case p.queue.eager():
		due = r.dispatchOther(i, p)
	default:
		due = r.dispatchDelayed(i, p)
	}
	if p.feeding != nil {
		r.fetchOn(p)
	}
	if due != p.deadline {
		p.deadline = due
		r.tree.Set(p.slot, due)
	}
}

// dispatchDelayed is dispatch by the plain discipline with a delay. It returns when to look again.
func (r *Run) dispatchDelayed(i int, p *pool) event.Time {
	q := &p.queue
	for q.line.len > 0 && p.hasIdle() {
		if due := q.due(r); due > r.now {
			return due
		}
		r.start(i, p, r.split(&q.line, q.max))
	}
	return event.Never
}

// dispatchOther is dispatch by any other discipline.
func (r *Run) dispatchOther(i int, p *pool) event.Time {
	d := p.queue.other
	if p.feeding != nil && r.blocked(p) {
		return event.Never
	}
	for ids := d.Take(r.now, p.idleLen); ids != nil; ids = d.Take(r.now, p.idleLen) {
		r.start(i, p, r.list(ids))
	}
	r.expire(i, p)
	return d.Due()
}

// expire drops the requests that have waited too long.
func (r *Run) expire(i int, p *pool) {
	for _, id := range p.queue.expired() {
		if r.memories != nil {
			r.rise(id)
		}
		r.inside.add(int32(i), -1)
		r.leaveQueue(p, 1)
		r.drop(id, Expired)
	}
}

// start has a worker take a batch and begin, unless it has to wait for memory first.
func (r *Run) start(i int, p *pool, batch fifo) {
	id, j := r.hire(int32(i), p, batch)
	if r.memories != nil {
		for q := batch.head; q != none; q = r.requests.items[q].next {
			r.rise(q)
		}
		if p.spec.Take != nil && !r.grant(id) {
			return
		}
	}
	r.leaveQueue(p, j.batch.len)
	r.proceed(id, j, p)
}

// hire makes a job of a batch and a free worker.
func (r *Run) hire(i int32, p *pool, batch fifo) (id int32, j *job) {
	id = r.jobs.take()
	j = &r.jobs.items[id]
	j.batch, j.pool, j.stage, j.worker = batch, i, p.first, 0
	if !p.unlimited() {
		j.worker = p.takeWorker()
		if p.rests != nil {
			p.rests.begins(j.worker, r, p)
		}
	}
	return id, j
}

// proceed begins the first step of a job.
func (r *Run) proceed(id int32, j *job, p *pool) {
	p.sums.Batches++
	p.sums.Requests += int64(j.batch.len)
	if r.sized {
		p.sums.Items += int64(r.items(&j.batch))
	}
	r.begin(id, j)
}

// begin starts the job's present step on its resource. Steps that concern nobody are passed over.
func (r *Run) begin(id int32, j *job) {
	s := &r.stages[j.stage]
	if r.observer != nil && j.stage == r.pools[j.pool].first {
		r.tellJob(BatchStarts, id)
	}
	for s.spilled && !r.anySpilled(&j.batch) {
		j.stage++
		s = &r.stages[j.stage]
	}
	ns := s.fixed * int64(j.batch.len)
	if s.fixed < 0 {
		ns = r.work(s, j)
	}
	if s.adjusted {
		ns = r.adjust(s, j, ns)
	}
	res := r.touch(s.where(j.worker))
	work := float64(ns)
	if s.speeds {
		work /= res.speed
		ns = int64(work)
	}
	j.started, j.alone = r.now, ns
	if s.marked {
		r.mark(id, s, res, work)
	}
	if res.cores != nil {
		res.begin(r.pools[j.pool].thread+j.worker, id, r.kind(s, &j.batch), work)
	} else {
		res.add(id, r.kind(s, &j.batch), work)
	}
	if r.observer != nil {
		r.tellJob(StepStarts, id)
	}
}

// adjust is the work of a step with its jitter, in the present spell, and with what it takes longer because its worker has been idle, ns.
func (r *Run) adjust(s *stage, j *job, ns int64) int64 {
	if s.jitter.scale != 0 {
		ns = s.jitter.vary(ns)
	}
	if s.spells != nil {
		ns = s.spells.stretch(r.now, ns)
	}
	if s.rests != nil {
		ns = r.rested(s, j, ns)
	}
	return ns
}

func (r *Run) anySpilled(batch *fifo) bool {
	for q := batch.head; q != none; q = r.requests.items[q].next {
		if r.requests.items[q].spilled {
			return true
		}
	}
	return false
}

// work draws how long a batch would take undisturbed, in ns, but for the jitter.
func (r *Run) work(s *stage, j *job) (ns int64) {
	if s.fan != nil {
		return r.fanned(s, j)
	}
	batch := &j.batch
	if !s.perItem || batch.len == 1 && !r.sized {
		return s.draw(r.requests.items[batch.head].class, r.items(batch))
	}
	r.engines.start(min(max(s.parallel, 1), int64(r.items(batch))))
	for q := batch.head; q != none; {
		request := &r.requests.items[q]
		if !s.spilled || request.spilled {
			for range r.size(q) {
				r.engines.add(s.draw(request.class, 1))
			}
		}
		q = request.next
	}
	return r.engines.done()
}

// complete ends a step: the job goes on with its next step, or its worker is free and its requests
// move on.
func (r *Run) complete(res *resource) {
	r.touch(res)
	id := res.first()
	j := &r.jobs.items[id]
	s := &r.stages[j.stage]
	next := res.remove(r.kind(s, &j.batch))
	if s.threads && j.pool == helper {
		r.endHelper(id)
		return
	}
	if r.observer != nil {
		r.tellJob(StepEnds, id)
	}
	s.account(&j.batch, int64(r.now-j.started), j.alone)
	if s.lined {
		r.promoted(next)
		s.sums.WaitNs += r.waits[id] * int64(j.batch.len)
	}
	if s.reloads {
		r.reload(&j.batch)
	}
	if s.last {
		r.finish(id, j)
	} else {
		j.stage++
		r.begin(id, j)
	}
}

// setWaited notes how long a job has been in line for a slot.
func (r *Run) setWaited(id int32, ns int64) {
	for int(id) >= len(r.waits) {
		r.waits = append(r.waits, 0)
	}
	r.waits[id] = ns
}

// promoted tells a job that it has got a slot for which it was in line; none is nobody.
func (r *Run) promoted(id int32) {
	if id != none {
		j := &r.jobs.items[id]
		r.setWaited(id, int64(r.now-j.started))
	}
}

// finish ends a job and sends its requests on.
func (r *Run) finish(id int32, j *job) {
	batch, p := j.batch, &r.pools[j.pool]
	r.inside.add(j.pool, -batch.len)
	r.endJob(id, j, p)
	next := r.requests.items[batch.head].next
	for id := batch.head; id != none; {
		q, following := &r.requests.items[id], next
		if following != none {
			next = r.requests.items[following].next // of very many requests, the cache fetches it meanwhile
		}
		to := r.nodes[q.node].next
		if p.give != nil {
			r.give(id, p.give)
		}
		r.advance(id, q, to)
		id = following
	}
}

// endJob frees a job's worker.
func (r *Run) endJob(id int32, j *job, p *pool) {
	if p.fills && p.counted != r.now {
		p.fill(r.now)
	}
	p.releaseWorker(j.worker)
	if p.rests != nil {
		p.rests.ends(j.worker, r, p)
	}
	if p.waiting > 0 || p.queue.eager() {
		r.wake(j.pool, p)
	}
	j.pool = none
	r.jobs.release(id)
}
