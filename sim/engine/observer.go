package engine

import "vsim/sim/engine/event"

// Observer is told what happens in a run, in the order in which it happens: timelines, stories and tests are made
// from it. It must not change the run. The event is valid until it returns.
type Observer func(e *Event)

// Event is something that happened, with what its kind says.
type Event struct {
	Kind EventKind
	At   event.Time

	// Of requests. A number is unique among those inside: it is used again when its request has left.
	Request int32
	Parent  int32 // of a child; -1 for a request of its own
	Class   int32
	Arrived event.Time
	Reason  Drop // of RequestDropped

	// Of batches and steps. A job is a batch in a worker's hands, and its number unique among those.
	Job      int32
	Pool     int32
	Worker   int32 // 0 where they are unlimited
	Step     int32 // index in the pool's steps
	Resource int32
	Batch    []Member
	AloneNs  int64 // of StepStarts and StepEnds: what the step takes on an idle resource
	WaitedNs int64 // of StepEnds: in the line for a slot

	// Of OutageChanges.
	Outage int32
	Down   bool
}

// Member is a request in a batch.
type Member struct {
	Request int32
	Items   int32
	Queued  event.Time // when it came to the pool
}

// EventKind says what happened.
type EventKind int8

// The kinds of events.
const (
	RequestArrives EventKind = iota
	BatchStarts              // a worker has taken a batch; its first step starts next
	StepStarts               // or gets in line for a slot
	StepEnds
	RequestLeaves
	RequestDropped // with its Reason; children are not told of
	ChildStarts
	OutageChanges
	BatchBreaks // an outage breaks a batch off in the middle of a step, or while it waits for memory
)

func (k EventKind) String() string {
	return [...]string{"arrives", "batch", "starts", "ends", "leaves", "dropped", "child", "outage", "breaks"}[k]
}

// Observe has an observer told of everything from now on; nil is nobody, and costs one comparison an event.
func (r *Run) Observe(o Observer) { r.observer = o }

// tell tells the observer, which must be there, of a request.
func (r *Run) tell(kind EventKind, id int32) {
	q := &r.requests.items[id]
	r.observer(&Event{Kind: kind, At: r.now, Request: id, Parent: q.parent, Class: q.class, Arrived: q.arrived, Reason: q.failed})
}

// tellJob tells the observer, which must be there, of a batch or its present step.
func (r *Run) tellJob(kind EventKind, id int32) {
	j := &r.jobs.items[id]
	s := &r.stages[j.stage]
	r.members = r.members[:0]
	for q := j.batch.head; q != none; q = r.requests.items[q].next {
		r.members = append(r.members, Member{q, r.size(q), r.requests.items[q].queued})
	}
	e := Event{Kind: kind, At: r.now, Job: id, Pool: j.pool, Worker: j.worker, Step: j.stage - r.pools[j.pool].first,
		Resource: int32(s.where(j.worker).slot), Batch: r.members}
	if kind == StepStarts || kind == StepEnds {
		e.AloneNs = j.alone
		if s.lined {
			e.WaitedNs = r.waits[id]
		}
	}
	r.observer(&e)
}

// tellOutage tells the observer, which must be there, that an outage has begun or ended.
func (r *Run) tellOutage(i int) {
	r.observer(&Event{Kind: OutageChanges, At: r.now, Outage: int32(i), Down: r.outages[i].down})
}
