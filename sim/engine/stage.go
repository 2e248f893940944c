package engine

import (
	"math"
	"slices"

	"vsim/sim/engine/random"
)

// stage is a Step of a pool at run time, with all that an event needs of it in one place.
type stage struct {
	only     *resource   // of all workers; nil where each has one
	on       []*resource // one for all workers, or one a worker
	kind     int
	kinds    []int // by batch size - 1; nil when all are of one
	fixed    int64 // ns that each request takes, when that is not random but for jitter; else -1
	last     bool  // the pool has no further step
	lined    bool  // jobs may be in line for a slot
	speeds   bool  // a resource is faster or slower than the times say
	perItem  bool
	adjusted bool  // there is jitter or rest, or spells
	spilled  bool  // only spilled requests count
	reloads  bool  // the last such step of its pool, after which they are back
	byClass  int32 // distance from one class's samplers to the next's; 0 when all classes share
	sums     StepSums
	samplers []*random.Sampler // by class, then batch size - 1
	stream   random.Stream
	parallel int64 // items that are worked on at once
	threads  bool  // by threads, each a job of its own
	marked   bool  // there is more to do at its start: it is lined, or by threads
	jitter   jitter
	fan      *fan // nil: it works on the items of its batch

	rests  *stageRests // nil where it has no rest
	spells *spells     // likewise
}

// newStage makes ready step k of a pool.
func newStage(steps []Step, k int, resources []resource, rows samplerBook, sized bool, stream, jitters, rests, alike random.Stream, fan *fan) stage {
	s := &steps[k]
	st := stage{kind: s.Kind, kinds: s.Kinds, last: k == len(steps)-1, perItem: s.Service.PerItem, stream: stream, fixed: -1,
		parallel: int64(s.AtOnce()), threads: s.Threads > 1, spilled: s.Spilled, jitter: newJitter(s.Jitter, jitters), fan: fan}
	for _, i := range s.Resource {
		st.on = append(st.on, &resources[i])
		st.lined = st.lined || resources[i].slots < math.MaxInt
		st.speeds = st.speeds || resources[i].speed != 1
	}
	st.marked = st.lined || st.threads
	if s.Rest != nil {
		st.rests = &stageRests{after: s.Rest, beside: s.RestBeside, varies: s.RestVaries, wake: s.Wake, stream: rests, half: s.RestHalfNs, change: s.Change}
	}
	if s.Spells != nil {
		st.spells = &spells{Spells: s.Spells, stream: alike}
	}
	st.adjusted = st.jitter.scale != 0 || st.rests != nil || st.spells != nil
	st.reloads = s.Spilled && !slices.ContainsFunc(steps[k+1:], func(later Step) bool { return later.Spilled })
	if len(st.on) == 1 {
		st.only = st.on[0]
	}
	st.samplers = rows.of(s.Service.At)
	if len(s.Service.At) > 1 {
		st.byClass = int32(len(s.Service.At[0]))
	}
	if ns, constant := st.samplers[0].Constant(); constant && st.perItem && st.byClass == 0 && st.parallel <= 1 && !st.spilled && !sized && fan == nil {
		st.fixed = ns
	}
	return st
}

// draw samples the undisturbed time of a request of a class, or of a batch headed by one, in ns.
func (s *stage) draw(class, batch int32) int64 {
	return s.samplers[class*s.byClass+batch-1].Draw(&s.stream)
}

// account adds a step of a job that took so long, of which it would have been alone so long undisturbed.
func (s *stage) account(batch *fifo, span, alone int64) {
	n := int64(batch.len)
	s.sums.WorkerNs += span
	s.sums.RequestNs += span * n
	s.sums.AloneNs += alone * n
}

// where returns the resource that a worker's job goes to.
func (s *stage) where(worker int32) *resource {
	if s.only != nil {
		return s.only
	}
	return s.on[worker]
}

// samplerBook has the samplers of steps, by class, then batch size - 1, in a row. Steps of equal times have them in
// common: those of a stage on a thousand GPUs take the room of one.
type samplerBook map[*[]*random.Sampler][]*random.Sampler

func (b samplerBook) of(at [][]*random.Sampler) []*random.Sampler {
	row, have := b[&at[0]]
	if !have {
		for _, class := range at {
			row = append(row, class[:len(at[0])]...)
		}
		b[&at[0]] = row
	}
	return row
}
