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

// at evaluates it for an idle time.
func (c Rest) at(idle float64) float64 {
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
	since []event.Time // when each worker became idle
	idle  []float64    // ns that it had been idle when it began its present job
}

// newRests returns nil where no step depends on pauses.
func newRests(p *Pool) *rests {
	for i := range p.Steps {
		if p.Steps[i].Rest != nil {
			return &rests{make([]event.Time, p.Workers), make([]float64, p.Workers)}
		}
	}
	return nil
}

// rested is the work of a step with what it takes longer because its worker has been idle, ns.
func (r *Run) rested(s *stage, j *job, ns int64) int64 {
	class := 0
	if len(s.rest) > 1 {
		class = int(r.requests.items[j.batch.head].class)
	}
	return max(ns+int64(s.rest[class].at(r.pools[j.pool].rests.idle[j.worker])), 0)
}
