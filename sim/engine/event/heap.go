package event

import (
	"math"
	"math/bits"
	"slices"
)

// Heap is a private queue for a component with many pending events of its own
// (think times, retries, the finish tags of a shared resource): the component
// shows its earliest in its Tree slot. The zero value is empty and ready.
//
// Order: the smallest key first, equal keys in the order of their Push. It is
// total, because every Push has a number of its own.
//
// It is 4-ary: half as deep as a binary heap, and four children of 16 bytes
// share a cache line.
type Heap struct {
	items  []item // items[:count], and at least three more that are nobody
	count  int
	pushes uint32
}

// item is one two-word number: key, then number of the push, then id.
type item struct{ key, tail uint64 }

const (
	arity   = 4
	signBit = 1 << 63 // makes the order of signed keys that of unsigned words
)

// nobody comes after every item: no push has this number.
var nobody = item{math.MaxUint64, math.MaxUint64}

func newItem(key int64, push uint32, id int32) item {
	return item{uint64(key) ^ signBit, uint64(push)<<32 | uint64(uint32(id))}
}

// pair returns what it was made of.
func (it *item) pair() (key int64, id int32) { return int64(it.key ^ signBit), int32(uint32(it.tail)) }

// before is 1 when a comes before b, else 0: the borrow of a - b, no branch.
func before(a, b *item) uint64 {
	_, borrow := bits.Sub64(a.tail, b.tail, 0)
	_, borrow = bits.Sub64(a.key, b.key, borrow)
	return borrow
}

// Len returns the number of pending items.
func (h *Heap) Len() int { return h.count }

// Reset removes all items and keeps the memory.
func (h *Heap) Reset() {
	for i := range h.count {
		h.items[i] = nobody
	}
	h.count, h.pushes = 0, 0
}

// Min returns the first item. The heap must not be empty.
func (h *Heap) Min() (key int64, id int32) {
	return h.items[0].pair()
}

// Push adds an item.
func (h *Heap) Push(key int64, id int32) {
	if h.pushes == math.MaxUint32 {
		h.renumber()
	}
	h.insert(newItem(key, h.pushes, id))
	h.pushes++
}

func (h *Heap) insert(it item) {
	if h.count+arity > len(h.items) {
		h.items = append(h.items, nobody, nobody, nobody, nobody)
	}
	h.up(h.count, it)
	h.count++
}

// Pop removes the first item. The heap must not be empty.
func (h *Heap) Pop() {
	h.count--
	last := h.items[h.count]
	h.items[h.count] = nobody
	if h.count > 0 {
		h.up(h.sink(0), last)
	}
}

// Remove removes the item with that id (any one, if several have it) and says
// whether there was one. It looks for it everywhere: for what is cancelled
// once in a while, not for every event.
func (h *Heap) Remove(id int32) bool {
	for at := range h.count {
		if int32(uint32(h.items[at].tail)) != id {
			continue
		}
		h.count--
		last := h.items[h.count]
		h.items[h.count] = nobody
		if at < h.count {
			h.up(h.sink(at), last)
		}
		return true
	}
	return false
}

// sink moves a hole down to a leaf, the first child up at each step, and
// returns where it ended. The item that fills it came from the bottom and
// seldom rises again, so that comparing it on the way is waste. Children that
// are not there are nobody: four are compared without a branch.
func (h *Heap) sink(hole int) int {
	for child := arity*hole + 1; child < h.count; child = arity*hole + 1 {
		c := (*[arity]item)(h.items[child:])
		left := before(&c[1], &c[0])
		right := 2 + before(&c[3], &c[2])
		first := left ^ (left^right)&-before(&c[right&3], &c[left&3])
		h.items[hole] = c[first&3]
		hole = child + int(first)
	}
	return hole
}

// up places it at the hole or above.
func (h *Heap) up(hole int, it item) {
	items := h.items
	for hole > 0 {
		parent := (hole - 1) / arity
		if before(&it, &items[parent]) == 0 {
			break
		}
		items[hole] = items[parent]
		hole = parent
	}
	items[hole] = it
}

// renumber gives the pending items the push numbers 0, 1, ... in their order,
// which leaves a sorted slice: still a heap. It runs once in 2^32 pushes.
func (h *Heap) renumber() {
	pending := h.items[:h.count]
	slices.SortFunc(pending, func(a, b item) int {
		return int(before(&b, &a)) - int(before(&a, &b))
	})
	for i := range pending {
		pending[i].tail = uint64(i)<<32 | uint64(uint32(pending[i].tail))
	}
	h.pushes = uint32(h.count)
}
