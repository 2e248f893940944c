package engine

import (
	"time"

	"vsim/sim/engine/batcher"
	"vsim/sim/engine/event"
)

// job is a batch in a worker's hands.
type job struct {
	batch   fifo
	pool    int32
	worker  int32
	stage   int32
	started event.Time // of the stage
	alone   int64      // ns that the stage takes on an idle resource
	waited  int64      // ns that it has been in the line for a slot
}

// pool is a Pool at run time.
type pool struct {
	spec     *Pool
	slot     int
	max      int32
	delay    event.Time
	queue    fifo
	batcher  *batcher.Batcher // instead of queue, for the finer rules
	place    int32
	open     bool    // nobody ever waits here
	waiting  int32   // requests in the queue, or in the hands of a worker that waits for memory
	outages  int32   // that keep it down
	idle     []int32 // ring of idle workers, longest idle first; unused when unlimited
	idleHead int
	idleLen  int
	deadline event.Time // what the tree knows
	woken    bool       // on the list of pools to look at when this event ends
	fills    bool       // requests may wait for a fuller batch
	counted  event.Time // FillNs is right up to here
	waited   int64      // sum of the times at which requests stopped waiting, less those at which they came
	first    int32      // its first stage
	give     []int      // Pool.Give
	sums     PoolSums   // WaitNs is brought up to date when a block ends
}

func newPool(spec *Pool, slot, first int) pool {
	p := pool{
		spec: spec, give: spec.Give, slot: slot, first: int32(first), max: int32(max(spec.Batch.Max, 1)), delay: event.Time(spec.Batch.Delay / time.Nanosecond),
		queue: empty, deadline: event.Never, place: int32(spec.Place),
		idle: spaced[int32](spec.Workers),
	}
	for w := range p.idle {
		p.idle[w] = int32(w)
	}
	p.idleLen = len(p.idle)
	p.fills = p.delay > 0 || spec.Batch.finer()
	p.open = spec.Workers == 0 && p.max == 1 && spec.Take == nil && !spec.Batch.finer()
	if spec.Batch.finer() {
		p.batcher, _ = newBatcher(spec) // check has seen to it
	}
	return p
}

// unlimited says that there is a worker for everybody.
func (p *pool) unlimited() bool { return len(p.idle) == 0 }

// hasIdle says whether a worker is free.
func (p *pool) hasIdle() bool { return p.idleLen > 0 || p.unlimited() }

// fill counts the time that requests have waited for a fuller batch: while a worker was idle and the pool up. It
// comes before whatever changes the queue, the idle workers or the outages of a pool that fills batches.
func (p *pool) fill(now event.Time) {
	if p.hasIdle() && p.outages == 0 {
		p.sums.FillNs += int64(now-p.counted) * int64(p.queued())
	}
	p.counted = now
}

// queued is the number of requests that no worker has taken yet.
func (p *pool) queued() int32 {
	if p.batcher != nil {
		return int32(p.batcher.Len())
	}
	return p.queue.len
}

// pending says that an idle worker takes what is in the queue at the deadline, and not before: whoever
// joins it changes nothing.
func (p *pool) pending(now event.Time) bool {
	return now < p.deadline && p.deadline < event.Never && p.queue.len < p.max
}

// takeWorker takes the worker that has been idle longest, of a limited number.
func (p *pool) takeWorker() int32 {
	w := p.idle[p.idleHead]
	if p.idleHead++; p.idleHead == len(p.idle) {
		p.idleHead = 0
	}
	p.idleLen--
	return w
}

func (p *pool) releaseWorker(w int32) {
	if p.unlimited() {
		return
	}
	at := p.idleHead + p.idleLen
	if at >= len(p.idle) {
		at -= len(p.idle)
	}
	p.idle[at] = w
	p.idleLen++
}
