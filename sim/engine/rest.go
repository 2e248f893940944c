package engine

import "vsim/sim/engine/event"

// Rest is by how much a step takes longer after its worker has been idle, piecewise linear in the time through
// (0, 0), unless its first point says otherwise, and its points, flat beyond the last. Points are sorted by IdleNs, which are not negative
// and rise strictly.
type Rest []RestPoint

// RestPoint says that a step takes ExtraNs longer than without a pause where its worker has been idle for IdleNs.
type RestPoint struct {
	IdleNs  float64
	ExtraNs float64
}

// At evaluates it for an idle time, ns.
func (c Rest) At(idle float64) float64 {
	var last RestPoint
	for _, p := range c {
		if idle < p.IdleNs {
			return last.ExtraNs + (p.ExtraNs-last.ExtraNs)*(idle-last.IdleNs)/(p.IdleNs-last.IdleNs)
		}
		last = p
	}
	return last.ExtraNs
}

// rests is what a pool knows of its workers' pauses, where steps depend on them.
type rests struct {
	since    []event.Time // when each worker became idle; of those that rest together, when the last of them did: the first entry
	idle     []float64    // ns that it had been idle when it began its present job
	together bool
	busy     int // workers, of those that rest together
}

// newRests returns nil where no step depends on pauses.
func newRests(p *Pool) *rests {
	for i := range p.Steps {
		if p.Steps[i].Rest != nil {
			return &rests{since: make([]event.Time, p.Workers), idle: make([]float64, p.Workers), together: p.RestTogether}
		}
	}
	return nil
}

// begins has a worker begin a job.
func (r *rests) begins(worker int32, now event.Time) {
	switch {
	case !r.together:
		r.idle[worker] = float64(now - r.since[worker])
	case r.busy > 0:
		r.idle[worker] = 0
	default:
		r.idle[worker] = float64(now - r.since[0])
	}
	r.busy++
}

// ends has it end the job.
func (r *rests) ends(worker int32, now event.Time) {
	if r.together {
		worker = 0
	}
	r.since[worker] = now
	r.busy--
}

// rested is the work of a step with what it takes longer because its worker has been idle, ns.
func (r *Run) rested(s *stage, j *job, ns int64) int64 {
	class := 0
	if len(s.rest) > 1 {
		class = int(r.requests.items[j.batch.head].class)
	}
	return max(ns+int64(s.rest[class].At(r.pools[j.pool].rests.idle[j.worker])), 0)
}
