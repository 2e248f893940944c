package engine

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
	helper := job{batch: j.batch, pool: none, stage: j.stage, worker: j.worker, helps: id + 1}
	for i, ns := range parts {
		if i == longest || ns == 0 {
			continue
		}
		h := r.jobs.take()
		r.jobs.items[h] = helper
		res.add(h, kind, float64(ns)*stretch)
	}
}

// breakHelpers ends the further threads of a job.
func (r *Run) breakHelpers(id int32, s *stage, res *resource) {
	for h := range r.jobs.items {
		if j := &r.jobs.items[h]; j.helps == id+1 {
			res.cancel(int32(h), r.kind(s, &j.batch))
			j.helps = 0
			r.jobs.release(int32(h))
		}
	}
}
