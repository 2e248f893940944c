package engine

import (
	"vsim/sim/engine/event"
	"vsim/sim/engine/stats"
	"vsim/sim/engine/workload"
)

// maxBlocks is the number of equal time blocks in which a run's history is kept. When they are full,
// neighbours are merged in pairs and blocks become twice as long: memory is constant however long the
// run, and any warm-up can be cut off afterwards to within a block.
const maxBlocks = 64

// firstBlock is the most that a block takes at the start of a run, short against any service time.
const firstBlock = 100_000

// blockLength is the length of the first blocks: firstBlock, or where traffic repeats itself, the largest
// binary part of its cycle that is no longer. Blocks are then binary parts or multiples of the cycle
// (to within 1e-5 of it, as they are whole ns), and any number of cycles can be cut out of a history.
func blockLength(sys *System) event.Time {
	length := event.Time(firstBlock)
	if p, ok := sys.Source.Arrivals.(workload.Periodic); ok && p.Cycle() > 0 {
		for length = event.Time(p.Cycle()); length > firstBlock; {
			length /= 2
		}
	}
	return length
}

// partsEvery says after how many blocks the sums of a system's parts are kept, which has so many steps in all: after
// every block, or where they are many, and any window will do, after every fourth. Windows so begin and end with a
// fourth block there. (A quarter of 32 or 48 blocks is some of them.)
func partsEvery(sys *System, steps int) int {
	p, periodic := sys.Source.Arrivals.(workload.Periodic)
	switch {
	case steps <= manySteps, periodic && p.Cycle() > 0, sys.Source.Arrivals != nil && sys.Source.Arrivals.Finite():
		return 1
	}
	return 4
}

// manySteps take some 24 kB a block.
const manySteps = 384

// block is what happened in one stretch of time.
type block struct {
	sums    tally             // of the run up to the block's end
	parts   *partSums         // the same of its parts; nil where they are not kept
	latency []stats.Histogram // by class
}

// history gathers blocks. The engine records latencies into latency and calls cut at every end.
type history struct {
	slot    int
	length  event.Time
	every   int               // blocks after which the sums of parts are kept
	end     event.Time        // of the block that is being filled
	latency []stats.Histogram // by class
	blocks  []block
	merged  []block     // their memory is used again
	spare   []*partSums // and that of these
}

func newHistory(slot, classes int, length event.Time, every int) history {
	return history{slot: slot, length: length, every: every, end: length, latency: spaced[stats.Histogram](classes)}
}

// endBlock closes the block that ends now.
func (r *Run) endBlock() {
	if r.history.keeps(len(r.history.blocks) + 1) {
		r.sumParts()
	}
	if !r.sized {
		r.count.Items = r.count.Completed
	}
	r.count.InsideNs = r.little.number.Integral(r.now)
	r.history.cut(&r.count)
	r.tree.Set(r.history.slot, r.history.end)
}

// sumParts brings the sums of the parts up to date.
func (r *Run) sumParts() {
	for i := range r.resources {
		r.resources[i].advance(r.now)
		r.count.BusyNs[i] = r.resources[i].busyNs
		r.count.ActiveNJ[i] = r.resources[i].activeNJ
	}
	for i := range r.stages {
		r.count.Steps[i] = r.stages[i].sums
	}
	for i := range r.pools {
		p := &r.pools[i]
		if p.fills {
			p.fill(r.now)
		}
		if !r.sized {
			p.sums.Items = p.sums.Requests
		}
		p.sums.WaitNs = p.waited + int64(p.waiting)*int64(r.now)
		r.count.Pools[i] = p.sums
	}
}

// keeps says that the sums of parts at the end of the first n blocks are kept.
func (h *history) keeps(n int) bool { return n%h.every == 0 }

// cut closes a block with the sums that have been reached now.
func (h *history) cut(now *counters) {
	b := h.fresh()
	b.sums = now.tally
	if h.keeps(len(h.blocks) + 1) {
		b.parts = h.freshParts()
		b.parts.set(&now.partSums)
	}
	for i := range h.latency {
		b.latency[i].Reset()
		b.latency[i], h.latency[i] = h.latency[i], b.latency[i]
	}
	h.blocks = append(h.blocks, b)
	if len(h.blocks) == maxBlocks {
		h.halve()
	}
	h.end = event.Time(len(h.blocks)+1) * h.length
}

// fresh returns a block to be filled, in the memory of one that was merged into its neighbour if there is one.
func (h *history) fresh() block {
	if n := len(h.merged); n > 0 {
		b := h.merged[n-1]
		h.merged = h.merged[:n-1]
		return b
	}
	return block{latency: make([]stats.Histogram, len(h.latency))}
}

// halve merges neighbouring blocks and doubles their length.
func (h *history) halve() {
	for i := range maxBlocks / 2 {
		a, b := h.blocks[2*i], h.blocks[2*i+1]
		mergeAll(b.latency, a.latency)
		a.parts = h.forget(a.parts)
		if !h.keeps(i + 1) {
			b.parts = h.forget(b.parts)
		}
		h.blocks[i] = b
		h.merged = append(h.merged, a)
	}
	h.blocks = h.blocks[:maxBlocks/2]
	h.length *= 2
}

// freshParts returns parts to be set, and forget has the memory of some used for them. It returns nil.
func (h *history) freshParts() *partSums {
	n := len(h.spare)
	if n == 0 {
		return new(partSums)
	}
	p := h.spare[n-1]
	h.spare = h.spare[:n-1]
	return p
}

func (h *history) forget(p *partSums) *partSums {
	if p != nil {
		h.spare = append(h.spare, p)
	}
	return nil
}

// reached returns the sums at the end of the first n blocks.
func (h *history) reached(n int) *tally {
	if n == 0 {
		return &tally{}
	}
	return &h.blocks[n-1].sums
}

// partsReached returns those of the parts, nil where they are not kept; of none there are none.
func (h *history) partsReached(n int) *partSums {
	if n == 0 {
		return &partSums{}
	}
	return h.blocks[n-1].parts
}

// window returns the blocks, from one on to another, which is left out, that a window has which is to begin with block first:
// the sums of parts are kept at both ends, if they are at any two.
func (h *history) window(first int) (from, to int) {
	from, to = (first+h.every-1)/h.every*h.every, len(h.blocks)/h.every*h.every
	if from >= to {
		return first, len(h.blocks)
	}
	return from, to
}

// mergeAll adds histograms to others, one by one.
func mergeAll(to, from []stats.Histogram) {
	for i := range to {
		to[i].Merge(&from[i])
	}
}
