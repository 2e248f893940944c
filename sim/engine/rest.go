package engine

import (
	"slices"

	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
	"vsim/sim/engine/recency"
)

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

// Wake is what it costs a step that a thread is woken beside one at work, though another core is idle. Kernels often wake it on the core of the one that wakes it, and
// one of the two waits there until the next tick.
type Wake struct {
	Beside      Extra // of a job whose worker comes from a pause beside others, for each core on which they work, as long as one is idle
	Interrupted Extra // of a job at work, the next to be done, when a worker of another step comes so beside it
}

// Extra is what something costs.
type Extra struct {
	Ns     float64         // in the mean
	Varies *random.Sampler // draws the factor by which it differs from that, in 1/VariesUnit; nil means that it never does

	// Idle is how idle the busier of the two threads was lately when it was measured, 0 to 1 (see package recency). Where it was less idle it costs less, as the cube of that,
	// which comes near what a live server showed (profile/measure/README.md): kernels compare what cores have done lately to decide where a thread wakes. 0 means that it makes no
	// difference.
	Idle float64
}

// VariesUnit is the mean of a sampler of factors.
const VariesUnit = 1 << 20

// draw is what it costs this time.
func (e Extra) draw(s *random.Stream) float64 {
	if e.Varies == nil || e.Ns <= 0 {
		return e.Ns
	}
	return float64(e.Ns*float64(e.Varies.Draw(s))) / VariesUnit
}

// at is what it costs where the busier of the two threads was so idle lately.
func (e Extra) at(idle float64) Extra {
	if idle < e.Idle {
		part := idle / e.Idle
		e.Ns *= part * part * part
	}
	return e
}

// rests is what a pool knows of its workers' pauses, where steps depend on them.
type rests struct {
	since    []event.Time // when each worker became idle; of those that rest together, when the last of them did: the first entry
	idle     []float64    // ns that it had been idle when it began its present job
	together bool
	busy     int          // workers, of those that rest together
	began    []event.Time // when each worker began its present job; nil where nothing fades
	worked   []float64    // ns that it has worked before that

	watched int            // the first step that asks whether others work or have worked meanwhile, -1 for none
	busyNs  []float64      // of its resource, when each worker became idle
	alone   []float64      // part of the pause during which nobody worked there, 0 to 1
	beside  []float64      // cores on which others worked there when each worker began its present job after a pause, 0 where no core was idle
	idler   []float64      // how idle the busier of it and of the one of these that is done next was lately
	lately  []recency.Idle // of each worker
}

// newRests returns nil where no step depends on pauses.
func newRests(p *Pool) *rests {
	if !slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Rest != nil }) {
		return nil
	}
	c := &rests{since: make([]event.Time, p.Workers), idle: make([]float64, p.Workers), together: p.RestTogether}
	if slices.ContainsFunc(p.Steps, func(s Step) bool { return s.RestHalfNs > 0 }) {
		c.began, c.worked = make([]event.Time, p.Workers), make([]float64, p.Workers)
	}
	c.watched = slices.IndexFunc(p.Steps, func(s Step) bool { return s.RestBeside != nil || s.Wake != nil })
	if c.watched >= 0 {
		c.busyNs, c.alone = make([]float64, p.Workers), make([]float64, p.Workers)
		c.beside, c.idler, c.lately = make([]float64, p.Workers), make([]float64, p.Workers), make([]recency.Idle, p.Workers)
	}
	return c
}

// begins has a worker begin a job.
func (c *rests) begins(worker int32, r *Run, p *pool) {
	since := worker
	if c.together {
		since = 0
	}
	c.idle[worker] = float64(r.now - c.since[since])
	if c.together && c.busy > 0 {
		c.idle[worker] = 0
	}
	c.busy++
	if c.began != nil {
		c.began[worker] = r.now
	}
	if c.watched < 0 {
		return
	}
	on := c.on(worker, r, p)
	others, _ := on.law.load(&on.jobs)
	c.beside[worker] = 0
	if c.idle[worker] > 0 && others > 0 && others < on.law.capacity {
		c.beside[worker], c.idler[worker] = others, r.interrupt(on, c.lately[worker].At(r.now))
	}
	c.lately[worker].Turn(r.now, true)
	if c.idle[worker] > 0 {
		busy := (c.coreNs(worker, r, p) - c.busyNs[since]) / c.idle[worker]
		c.alone[worker] = 1 - min(max(busy, 0), 1)
	}
}

// ends has it end the job.
func (c *rests) ends(worker int32, r *Run, p *pool) {
	since := worker
	if c.together {
		since = 0
	}
	c.since[since] = r.now
	c.busy--
	if c.began != nil {
		c.worked[worker] += float64(r.now - c.began[worker])
	}
	if c.watched >= 0 {
		c.busyNs[since] = c.coreNs(worker, r, p)
		c.lately[worker].Turn(r.now, false)
	}
}

// on is the resource that is watched.
func (c *rests) on(worker int32, r *Run, p *pool) *resource {
	return r.stages[int(p.first)+c.watched].where(worker)
}

// coreNs is how long the cores of the resource that is watched have worked since the start, all together.
func (c *rests) coreNs(worker int32, r *Run, p *pool) float64 {
	on := c.on(worker, r, p)
	on.advance(r.now)
	if on.law.inverse == 0 {
		return on.busyNs
	}
	return on.busyNs / on.law.inverse
}

// stageRests is what a stage knows of its workers' pauses and of batches of other sizes; see Step.
type stageRests struct {
	after, beside []Rest // the second nil: as the first
	varies        *random.Sampler
	wake          []Wake
	stream        random.Stream
	half          float64
	change        []float64
	colds         []cold // by worker; nil where each job is by itself
}

// rested is the work of a step with what it takes longer because its worker has been idle, or has worked on a batch of another size, ns.
func (r *Run) rested(s *stage, j *job, ns int64) int64 {
	class, rest := 0, s.rests
	if len(rest.after) > 1 {
		class = int(r.requests.items[j.batch.head].class)
	}
	c := r.pools[j.pool].rests
	extra := rest.after[class].At(c.idle[j.worker])
	if rest.beside != nil {
		alone := c.alone[j.worker]
		extra = float64(alone*extra) + float64((1-alone)*rest.beside[class].At(c.idle[j.worker]))
	}
	if rest.colds != nil {
		cold := &rest.colds[j.worker]
		if rest.change != nil {
			extra = max(extra, cold.change(rest.change, r.itemsOf(&j.batch)))
		}
		if rest.half > 0 {
			extra = cold.extra(extra, c.worked[j.worker], rest.half)
		}
	}
	extra = Extra{Ns: extra, Varies: rest.varies}.draw(&rest.stream)
	if rest.wake != nil {
		if beside := c.beside[j.worker]; beside > 0 {
			extra += beside * rest.wake[class].Beside.at(c.idler[j.worker]).draw(&rest.stream)
		}
	}
	return max(ns+int64(extra), 0)
}

// interrupt has a worker that was so idle lately come beside those that work on a resource: the job that is done next waits for its core. It returns how idle the busier
// of both was.
func (r *Run) interrupt(on *resource, idle float64) float64 {
	id := on.soonest()
	if id == none || r.jobs.items[id].pool == helper {
		return idle
	}
	j := &r.jobs.items[id]
	c, rest := r.pools[j.pool].rests, r.stages[j.stage].rests
	if c == nil || c.watched < 0 || rest == nil || rest.wake == nil {
		return idle
	}
	idle = min(idle, c.lately[j.worker].At(r.now))
	class := 0
	if len(rest.wake) > 1 {
		class = int(r.requests.items[j.batch.head].class)
	}
	if ns := rest.wake[class].Interrupted.at(idle).draw(&rest.stream); ns > 0 {
		r.touch(on).delay(ns)
	}
	return idle
}

// itemsOf is the size of a batch.
func (r *Run) itemsOf(batch *fifo) int32 {
	if r.sized {
		return int32(r.items(batch))
	}
	return batch.len
}

// cold is how cold a pause, or a batch of another size, has left a worker for a step: what the first job took longer, and when.
type cold struct {
	first, from float64
	size        int32 // of the last batch, 0 before it
}

// change is what a batch of a size costs after one of another.
func (c *cold) change(table []float64, size int32) (ns float64) {
	if c.size != 0 && c.size != size {
		ns = table[min(int(size), len(table))-1]
	}
	c.size = size
	return ns
}

// extra is what a job takes longer before which its worker has worked for so many ns, and for which the pause right before it is good
// for some.
func (c *cold) extra(now, worked, half float64) float64 {
	if left := c.first / (1 + (worked-c.from)/half); c.first > 0 && left > now {
		return left
	}
	c.first, c.from = now, worked
	return now
}
