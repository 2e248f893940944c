package engine

import "slices"

// memory is a Memory at run time. With Evict, requests that hold a part of it and wait in a queue lie
// in a list, the longest there first; they are what is spilled to make room.
type memory struct {
	spec    *Memory
	used    float64
	waiting []int32 // jobs whose batches do not fit, oldest first
	lying   chain
}

// chain is a doubly linked list of requests.
type chain struct{ head, tail int32 }

// share is what a request holds of a memory and its neighbours in the chain of those that lie there. It
// is kept apart from the request, since most systems have no memories.
type share struct {
	bytes        float64
	older, newer int32
}

func newMemory(spec *Memory) memory { return memory{spec: spec, lying: chain{none, none}} }

// share returns a request's part of its memory.
func (r *Run) share(id int32) *share {
	for int(id) >= len(r.shares) {
		r.shares = append(r.shares, share{})
	}
	return &r.shares[id]
}

func (r *Run) bytes(h *Hold, id int32) float64 {
	each := h.SizeBytes[0]
	if len(h.SizeBytes) > 1 {
		each = h.SizeBytes[r.requests.items[id].class]
	}
	return each * float64(r.size(id))
}

// need is what a request of a batch takes of a memory.
func (r *Run) need(h *Hold, id int32) float64 {
	if h.Batch && len(h.SizeBytes) == 1 {
		return h.SizeBytes[0]
	}
	if h.Batch {
		return h.SizeBytes[r.requests.items[id].class]
	}
	return r.bytes(h, id)
}

// grant has a job's requests take what they need of a memory and says whether the job can go on: not
// while it has to wait, nor when all its requests were rejected, which ends it.
func (r *Run) grant(id int32) bool {
	j := &r.jobs.items[id]
	h := r.pools[j.pool].spec.Take
	m := &r.memories[h.Memory]
	switch m.spec.Full {
	case Wait:
		if len(m.waiting) > 0 || !r.fits(j, h, m) {
			m.waiting = append(m.waiting, id)
			return false
		}
	case Reject:
		return r.admitFitting(id, h, m)
	}
	r.holdAll(j, h, m)
	return true
}

// fits says whether there is room for a whole batch.
func (r *Run) fits(j *job, h *Hold, m *memory) bool {
	need := m.used
	for q := j.batch.head; q != none; q = r.requests.items[q].next {
		if need += r.need(h, q); h.Batch {
			break
		}
	}
	return need <= m.spec.SizeBytes
}

func (r *Run) holdAll(j *job, h *Hold, m *memory) {
	for q := j.batch.head; q != none; q = r.requests.items[q].next {
		if r.hold(q, h, m); h.Batch {
			break
		}
	}
}

// admitFitting rejects the requests of a batch that do not fit any more.
func (r *Run) admitFitting(id int32, h *Hold, m *memory) bool {
	j := &r.jobs.items[id]
	batch := j.batch
	j.batch = empty
	rejected := empty
	r.each(batch, func(q int32) {
		if m.used+r.bytes(h, q) > m.spec.SizeBytes {
			r.append(&rejected, q)
			return
		}
		r.append(&j.batch, q)
		r.hold(q, h, m)
	})
	p := &r.pools[j.pool]
	r.leaveQueue(p, rejected.len)
	r.inside.add(j.pool, -rejected.len)
	r.each(rejected, func(q int32) { r.drop(q, Rejected) })
	j = &r.jobs.items[id]
	if j.batch.len > 0 {
		return true
	}
	r.endJob(id, j, p)
	return false
}

// hold gives a request its part of a memory. A full memory spills older inputs for it; where none lie
// there, its own input goes to the host.
func (r *Run) hold(id int32, h *Hold, m *memory) {
	r.release(id)
	s, q := r.share(id), &r.requests.items[id]
	s.bytes = r.need(h, id)
	q.holds = int16(h.Memory + 1)
	q.spilled = !r.makeRoom(s.bytes, m)
	if q.spilled {
		r.count.Evicted++
		return
	}
	m.used += s.bytes
}

// makeRoom spills what lies longest in a memory until so much more fits, and says whether it does.
func (r *Run) makeRoom(bytes float64, m *memory) bool {
	if m.spec.Full != Evict {
		return true
	}
	for m.used+bytes > m.spec.SizeBytes && m.lying.head != none {
		victim := m.lying.head
		r.unlie(victim, m)
		r.requests.items[victim].spilled = true
		m.used -= r.share(victim).bytes
		r.count.Evicted++
	}
	return m.used+bytes <= m.spec.SizeBytes
}

// release gives back what a request holds and lets jobs go on that waited for it.
func (r *Run) release(id int32) {
	q := &r.requests.items[id]
	if q.holds == 0 {
		return
	}
	m := &r.memories[q.holds-1]
	q.holds = 0
	if !q.spilled {
		m.used -= r.share(id).bytes
	}
	q.spilled = false
	if len(m.waiting) > 0 {
		r.freed = true
	}
}

// resume lets the jobs go on that waited for memory and now fit, oldest first. It runs at the end of an
// event.
func (r *Run) resume() {
	r.freed = false
	for i := range r.memories {
		m := &r.memories[i]
		for len(m.waiting) > 0 {
			id := m.waiting[0]
			j := &r.jobs.items[id]
			h := r.pools[j.pool].spec.Take
			if !r.fits(j, h, m) {
				break
			}
			m.waiting = append(m.waiting[:0], m.waiting[1:]...)
			r.holdAll(j, h, m)
			p := &r.pools[j.pool]
			r.leaveQueue(p, j.batch.len)
			r.proceed(id, j, p)
		}
	}
}

// reload brings the spilled requests of a batch back, which is about to be worked on: even when nothing
// more can be spilled for them.
func (r *Run) reload(batch *fifo) {
	for id := batch.head; id != none; id = r.requests.items[id].next {
		if q := &r.requests.items[id]; q.spilled {
			m := &r.memories[q.holds-1]
			r.makeRoom(r.share(id).bytes, m)
			m.used += r.share(id).bytes
			q.spilled = false
		}
	}
}

// lie puts a queued request at the young end of its memory's list.
func (r *Run) lie(id int32) {
	q := &r.requests.items[id]
	if q.holds == 0 || q.spilled {
		return
	}
	m := &r.memories[q.holds-1]
	if m.spec.Full != Evict {
		return
	}
	s := r.share(id)
	s.older, s.newer = m.lying.tail, none
	if m.lying.tail == none {
		m.lying.head = id
	} else {
		r.share(m.lying.tail).newer = id
	}
	m.lying.tail = id
}

// rise takes a request off that list when a worker takes it.
func (r *Run) rise(id int32) {
	q := &r.requests.items[id]
	if q.holds == 0 || q.spilled {
		return
	}
	if m := &r.memories[q.holds-1]; m.spec.Full == Evict {
		r.unlie(id, m)
	}
}

func (r *Run) unlie(id int32, m *memory) {
	l := *r.share(id)
	if l.older == none {
		m.lying.head = l.newer
	} else {
		r.share(l.older).newer = l.newer
	}
	if l.newer == none {
		m.lying.tail = l.older
	} else {
		r.share(l.newer).older = l.older
	}
}

// give has a request give back what it holds of any of the given memories.
func (r *Run) give(id int32, memories []int) {
	if q := &r.requests.items[id]; q.holds != 0 && slices.Contains(memories, int(q.holds-1)) {
		r.release(id)
	}
}

// giveUpWaiting takes a job off the list of those that wait for memory and says whether it was there.
func (r *Run) giveUpWaiting(id int32) bool {
	for i := range r.memories {
		m := &r.memories[i]
		if at := slices.Index(m.waiting, id); at >= 0 {
			m.waiting = slices.Delete(m.waiting, at, at+1)
			r.freed = true // those behind it may fit
			return true
		}
	}
	return false
}
