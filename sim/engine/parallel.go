package engine

import "slices"

// engines work on the items of a batch side by side: each item goes to the one that is free first, in the order of the
// batch. It is a heap of the moments at which they are free, in ns after the batch's start.
type engines struct{ free []int64 }

// start has n idle engines.
func (e *engines) start(n int64) {
	e.free = slices.Grow(e.free[:0], int(n))[:n]
	clear(e.free)
}

// add gives an item that takes so long to the engine that is free first.
func (e *engines) add(ns int64) {
	at := 0
	ns += e.free[0]
	for {
		next := 2*at + 1
		if next+1 < len(e.free) && e.free[next+1] < e.free[next] {
			next++
		}
		if next >= len(e.free) || e.free[next] >= ns {
			e.free[at] = ns
			return
		}
		e.free[at] = e.free[next]
		at = next
	}
}

// done is when the last item is.
func (e *engines) done() int64 { return slices.Max(e.free) }

// longest is an engine that works until then.
func (e *engines) longest() int { return slices.Index(e.free, e.done()) }
