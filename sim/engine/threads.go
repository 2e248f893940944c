package engine

// helper is the pool of jobs that are further threads of another one.
const helper = int32(-2)

// mark does at the start of a step what few have.
func (r *Run) mark(id int32, s *stage, res *resource, work float64) {
	if s.lined {
		r.setWaited(id, 0)
	}
	if s.threads {
		r.help(id, s, res, work)
	}
}

// help has further threads work on a job's batch, each a job of its own on the resource. They have what the engines have
// just been given, stretched so that the longest part is the work of the job itself. As threads of a kind go at one speed at any moment, who is free
// first on an idle resource is so on a crowded one, and the job that has the longest part is the last to be done: among
// those that end at once the oldest goes first.
func (r *Run) help(id int32, s *stage, res *resource, work float64) {
	j := &r.jobs.items[id]
	items := int64(r.items(&j.batch))
	if s.fan != nil {
		items = j.copies
	}
	if items < 2 {
		return
	}
	parts, longest := r.engines.free, r.engines.longest()
	if parts[longest] == 0 {
		return
	}
	kind := r.kind(s, &j.batch)
	stretch := work / float64(parts[longest])
	thread := job{batch: j.batch, pool: helper, stage: j.stage, worker: j.worker, copies: int64(id)}
	for i, ns := range parts {
		if i == longest || ns == 0 {
			continue
		}
		h := r.jobs.take()
		r.jobs.items[h] = thread
		res.add(h, kind, float64(ns)*stretch)
	}
}

// endHelper ends a further thread, of which nobody else knows.
func (r *Run) endHelper(id int32) {
	r.jobs.items[id].pool = none
	r.jobs.release(id)
}

// breakHelpers ends the further threads of a job.
func (r *Run) breakHelpers(id int32, s *stage, res *resource) {
	for h := range r.jobs.items {
		if j := &r.jobs.items[h]; j.pool == helper && j.copies == int64(id) {
			res.cancel(int32(h), r.kind(s, &j.batch))
			r.endHelper(int32(h))
		}
	}
}
