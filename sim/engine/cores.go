package engine

import (
	"math"
	"slices"

	"vsim/sim/engine/event"
)

// coreSet is the cores of a resource that keeps threads on them, and who is where. Every worker is a thread.
//
// Kernels have a run queue for each core. A thread that wakes goes to the core where it was last if that is idle, else to any
// that is idle, else back to where it was, to share that core with those that are there. A core that has nothing to do takes a thread from
// the fullest. So three threads on two cores are not a third of a core short each: the one that always has work keeps a core to
// itself, and the two that come and go share the other. (Linux: select_task_rq_fair, select_idle_sibling and sched_balance_newidle in
// kernel/sched/fair.c; Lozi et al. 2016, "The Linux Scheduler: a Decade of Wasted Cores", EuroSys.)
//
// Threads of a core share it equally, turn by turn, and find its caches as the other has left them: what that costs is in Turns. What neighbours cost comes on top, as on other resources: neighbours are those on the other cores, each for the
// part of the time that it runs.
type coreSet struct {
	law     *law
	threads []thread    // by number
	placed  []int32     // threads that are on a core, in the order in which they came there
	waking  []int32     // threads that have got a job since everybody was put on a core, and were on none
	crowd   []int32     // threads on each core
	all     []float64   // by kind: how many run, each for its part of the time
	running []float64   // the same of those on other cores than a thread's; scratch
	single  []float64   // by kind: what neighbours cost a thread with a core to itself; NaN where that is not worked out yet
	own     []ownThread // by kind
	tight   float64     // how many times as long jobs take where no core is idle, since others take their part
}

// ownThread does the jobs of a kind one after the other, whichever workers they are of.
type ownThread struct {
	number int32 // among the threads, none where every worker does its own
	line   line
}

// thread is a worker. It keeps the core on which it was last.
type thread struct {
	job     int32 // none where it sleeps
	kind    int32
	core    int32
	placed  bool
	left    float64 // ns of its job, alone
	stretch float64 // ns that a ns of its job takes
}

// newCores has all threads asleep, spread over the cores.
func newCores(l *law, n, threads int) *coreSet {
	c := &coreSet{law: l, threads: make([]thread, threads), crowd: make([]int32, n), all: make([]float64, len(l.width)), running: make([]float64, len(l.width)), single: make([]float64, len(l.width)), own: make([]ownThread, len(l.width)), tight: 1}
	for i := range c.own {
		c.own[i].number = none
	}
	for i := range c.threads {
		c.threads[i] = thread{job: none, core: int32(i % n), stretch: 1}
	}
	return c
}

// addOwn adds a thread for each of the kinds that have one.
func (c *coreSet) addOwn(kinds []Kind) {
	for i, k := range kinds {
		if k.Thread {
			c.own[i].number = int32(len(c.threads))
			c.threads = append(c.threads, thread{job: none, core: int32(len(c.threads) % len(c.crowd)), stretch: 1})
		}
	}
}

// begin gives a thread a job that takes work, ns alone.
func (c *coreSet) begin(number, job int32, kind int, work float64) {
	if own := &c.own[kind]; own.number != none {
		if number = own.number; c.threads[number].job != none {
			own.line.push(waiting{job, int32(kind), work})
			return
		}
	}
	t := &c.threads[number]
	t.job, t.kind, t.left = job, int32(kind), work
	if !t.placed {
		c.waking = append(c.waking, number)
	}
}

// end takes a job of a kind away from its thread; another may come at the same moment.
func (c *coreSet) end(job int32, kind int) {
	own := &c.own[kind]
	if own.number != none && own.line.drop(job) {
		return
	}
	has := func(i int32) bool { return c.threads[i].job == job }
	if k := slices.IndexFunc(c.placed, has); k >= 0 {
		c.threads[c.placed[k]].job = none
	} else {
		c.threads[c.waking[slices.IndexFunc(c.waking, has)]].job = none
	}
	if own.number != none && own.line.len > 0 {
		next := own.line.pop()
		c.begin(own.number, next.job, kind, next.work)
	}
}

// soonest is the job on a core that has the least left to do, none where nobody works.
func (c *coreSet) soonest() int32 {
	job, least := int32(none), math.Inf(1)
	for _, i := range c.placed {
		if t := &c.threads[i]; t.job != none && t.left < least {
			job, least = t.job, t.left
		}
	}
	return job
}

// delay keeps a job from working for ns.
func (c *coreSet) delay(job int32, ns float64) {
	for _, i := range c.placed {
		if t := &c.threads[i]; t.job == job {
			t.left += ns / t.stretch
		}
	}
}

// advance lets ns pass.
func (c *coreSet) advance(ns float64) {
	for _, i := range c.placed {
		t := &c.threads[i]
		t.left -= ns / t.stretch
	}
}

// place puts everybody on a core: first those leave that have nothing to do, then those come that have, and at last idle
// cores take from full ones.
func (c *coreSet) place() {
	c.placed = slices.DeleteFunc(c.placed, func(i int32) bool {
		t := &c.threads[i]
		if t.job == none {
			t.placed = false
			c.crowd[t.core]--
		}
		return t.job == none
	})
	slices.Sort(c.waking)
	for _, i := range c.waking {
		if t := &c.threads[i]; t.job != none && !t.placed {
			t.placed = true
			c.put(i, c.home(t.core))
		}
	}
	c.waking = c.waking[:0]
	for idle := c.idle(); idle >= 0; idle = c.idle() {
		full := int32(slices.Index(c.crowd, slices.Max(c.crowd)))
		if c.crowd[full] < 2 {
			return
		}
		c.move(full, idle)
	}
}

// home is the core on which a thread wakes up that was on a core last.
func (c *coreSet) home(last int32) int32 {
	if c.crowd[last] == 0 {
		return last
	}
	if idle := c.idle(); idle >= 0 {
		return idle
	}
	return last
}

// idle is the first core with nothing to do, -1 for none.
func (c *coreSet) idle() int32 { return int32(slices.Index(c.crowd, 0)) }

func (c *coreSet) put(number, core int32) {
	c.threads[number].core = core
	c.crowd[core]++
	c.placed = append(c.placed, number)
}

// move takes the thread that came last from one core to another.
func (c *coreSet) move(from, to int32) {
	for k := len(c.placed) - 1; k >= 0; k-- {
		if i := c.placed[k]; c.threads[i].core == from {
			c.crowd[from]--
			c.placed = slices.Delete(c.placed, k, k+1)
			c.put(i, to)
			return
		}
	}
}

// settle works out who is done next, and in how many ns; job is none where nobody works.
func (c *coreSet) settle() (job int32, soonest float64) {
	c.place()
	job, soonest = none, math.Inf(1)
	tight := c.tight
	if tight != 1 && c.idle() >= 0 {
		tight = 1
	}
	c.count()
	for _, i := range c.placed {
		t := &c.threads[i]
		t.stretch = float64(c.crowd[t.core]) * (1 + c.slowdown(t)) * tight
		if c.law.turns != nil && c.crowd[t.core] > 1 {
			t.stretch *= 1 + c.turns(i)
		}
		if left := t.left * t.stretch; left < soonest-noise {
			job, soonest = t.job, left
		}
	}
	return job, soonest
}

// turns is what it costs a thread that others have its core in turn with it: the mean over those.
func (c *coreSet) turns(number int32) (extra float64) {
	t := &c.threads[number]
	for _, i := range c.placed {
		if o := &c.threads[i]; o.core == t.core && i != number {
			extra += c.law.turns[t.kind][o.kind]
		}
	}
	return extra / float64(c.crowd[t.core]-1)
}

// count works out how many of each kind run, on all cores.
func (c *coreSet) count() {
	if c.law.excess == nil {
		return
	}
	clear(c.all)
	for i := range c.single {
		c.single[i] = math.NaN()
	}
	for _, i := range c.placed {
		t := &c.threads[i]
		c.all[t.kind] += 1 / float64(c.crowd[t.core])
	}
}

// slowdown is what the neighbours of a thread cost it. It is the same for all of a kind that have a core to themselves.
func (c *coreSet) slowdown(t *thread) float64 {
	if c.law.excess == nil {
		return 0
	}
	if crowd := c.crowd[t.core]; crowd > 1 {
		c.others(t.core, 1/float64(crowd))
		return c.excess(t.kind)
	}
	single := &c.single[t.kind]
	if math.IsNaN(*single) {
		copy(c.running, c.all)
		c.running[t.kind]--
		*single = c.excess(t.kind)
	}
	return *single
}

// others works out who runs on other cores than one, on which each runs for a part of the time.
func (c *coreSet) others(core int32, part float64) {
	copy(c.running, c.all)
	for _, i := range c.placed {
		if t := &c.threads[i]; t.core == core {
			c.running[t.kind] -= part
		}
	}
}

// hardly is less than any part of the time for which a thread runs: what rounding leaves of nobody.
const hardly = 1e-9

// excess is what neighbours that run cost a thread of a kind.
func (c *coreSet) excess(kind int32) (excess float64) {
	for j, curve := range c.law.excess[kind] {
		if len(curve) == 0 || c.running[j] < hardly {
			continue
		}
		crowd := 0.0
		for _, k := range c.law.groups[j] {
			crowd += c.running[k]
		}
		excess += float64(c.running[j] / crowd * curve.at(crowd))
	}
	return max(excess, 0)
}

// busy returns the part of the cores that work, and the power above idle that they take.
func (c *coreSet) busy() (part, watts float64) {
	for _, n := range c.crowd {
		if n > 0 {
			part++
		}
	}
	for _, i := range c.placed {
		t := &c.threads[i]
		watts += c.law.watts[t.kind] / float64(c.crowd[t.core])
	}
	return part / float64(len(c.crowd)), watts
}

// begin gives a thread a job that takes work, ns alone, where threads stay on cores.
func (r *resource) begin(thread, job int32, kind int, work float64) {
	r.jobs.join(kind)
	r.cores.begin(thread, job, kind, work)
}

// end takes a job off where threads stay on cores.
func (r *resource) end(job int32, kind int) {
	r.jobs.leave(kind)
	r.cores.end(job, kind)
}

// settleCores is settle where threads stay on cores.
func (r *resource) settleCores() event.Time {
	job, soonest := r.cores.settle()
	r.busy, r.watts = r.cores.busy()
	r.next.job = job
	return r.after(soonest)
}

// maxCores is the most cores with run queues of their own: each event looks at all threads on them.
const maxCores = 64
