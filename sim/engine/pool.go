package engine

import (
	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
)

// job is a batch in a worker's hands.
type job struct {
	batch   fifo
	pool    int32 // none where it is free, helper where it is a further thread of another job
	worker  int32
	stage   int32
	started event.Time // of the stage
	alone   int64      // ns that the stage takes on an idle resource
	copies  int64      // of its items, that steps with a fan work on; of a helper, the job that it helps
}

// pool is a Pool at run time.
type pool struct {
	spec     *Pool
	slot     int
	place    int32
	first    int32      // its first stage
	thread   int32      // the number of its first worker among the workers of all pools
	waiting  int32      // requests in the queue, or in the hands of a worker that waits for memory
	outages  int32      // that keep it down
	refuses  int32      // of these, those that lose who comes
	open     bool       // nobody ever waits here
	fills    bool       // requests may wait for a fuller batch
	full     bool       // it does not fetch, since what it has fetched waits still
	woken    bool       // on the list of pools to look at when this event ends
	waited   int64      // sum of the times at which requests stopped waiting, less those at which they came
	deadline event.Time // what the tree knows
	queue    poolQueue
	idle     []int32 // ring of idle workers, longest idle first; unused when unlimited
	idleHead int
	idleLen  int        // 1 when unlimited
	give     []int      // Pool.Give
	rests    *rests     // nil where pauses make no difference
	feeding  *feeding   // nil where nobody fetches for it, nor it for another
	sums     PoolSums   // WaitNs and FillNs are brought up to date when a block ends
	counted  event.Time // FillNs is right up to here
}

func newPool(spec *Pool, slot, first int, sized bool, chance random.Stream) pool {
	p := pool{
		spec: spec, give: spec.Give, slot: slot, first: int32(first),
		deadline: event.Never, place: int32(spec.Place),
		idle: spaced[int32](spec.Workers), rests: newRests(spec),
	}
	p.queue, _ = newPoolQueue(spec, sized, chance) // check has seen to it
	for w := range p.idle {
		p.idle[w] = int32(w)
	}
	p.idleLen = len(p.idle)
	if p.unlimited() {
		p.idleLen = 1
	}
	p.fills = spec.Batch.Delay > 0 || p.queue.eager()
	p.open = spec.Workers == 0 && p.queue.max == 1 && spec.Take == nil && !p.queue.eager()
	return p
}

// unlimited says that there is a worker for everybody.
func (p *pool) unlimited() bool { return len(p.idle) == 0 }

// hasIdle says whether a worker is free.
func (p *pool) hasIdle() bool { return p.idleLen > 0 }

// filling says that requests that wait do so for a fuller batch: a worker is idle, the pool up, and it may take.
func (p *pool) filling() bool { return p.hasIdle() && p.outages == 0 && !p.full }

// fill counts the time that requests have waited for a fuller batch. It comes before whatever takes requests out of
// the queue or changes the idle workers or the outages of a pool that fills batches.
func (p *pool) fill(now event.Time) {
	if p.filling() {
		p.sums.FillNs += int64(now-p.counted) * int64(p.queue.len())
	}
	p.counted = now
}

// joined takes back what fill is going to count too much for a request that has just joined the queue.
func (p *pool) joined(now event.Time) {
	if p.filling() {
		p.sums.FillNs -= int64(now - p.counted)
	}
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
