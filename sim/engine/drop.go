package engine

// Drop is a reason for which a request leaves the system without being served.
type Drop int8

// The reasons.
const (
	Rejected   Drop = iota // a queue or a memory was full
	Expired                // it waited longer than its queue's timeout
	Lost                   // it was inside something that failed
	Skipped                // the last one of its stream was still inside
	drops                  // their number
	notDropped Drop = -1
)

func (d Drop) String() string { return [...]string{"rejected", "expired", "lost", "skipped"}[d] }

// drop takes a request that is in no queue or batch out of the system unserved. A child joins its parent
// all the same, which is dropped itself once its other children have ended.
func (r *Run) drop(id int32, why Drop) {
	q := &r.requests.items[id]
	q.failed = why
	r.release(id)
	if q.parent != none {
		r.join(id)
		return
	}
	if r.observer != nil {
		r.tell(RequestDropped, id)
	}
	r.count.Dropped[why]++
	r.little.leave(q.arrived, r.now)
	if r.detailed {
		r.depart(id)
	}
	r.requests.release(id)
	if r.source.clients > 0 {
		r.source.backOff(r.now)
		r.tree.Set(r.source.slot, r.source.due())
	}
}

// skip counts a request that its stream leaves out. It never enters the system.
func (r *Run) skip() {
	r.count.Arrived++
	r.count.Dropped[Skipped]++
}
