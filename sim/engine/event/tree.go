package event

import (
	"fmt"
	"math"
	"math/bits"
)

// MaxSlots is the largest number of slots of a Tree. It leaves the clock
// 2^44 ns, almost five hours; see Horizon.
const MaxSlots = 1 << 20

// Tree is a winner (tournament) tree over a fixed number of slots, one a
// component. Every component keeps at most one pending event in its slot; to
// cancel or move it is to overwrite the slot.
//
// Order: the earliest due time first, ties by slot number, the lowest first.
// It is total, because no two slots have the same number.
//
// A slot's key is one word, due time above slot number, so that one unsigned
// comparison decides both, and the minimum of two keys needs no branch. The
// clock therefore has 64 bits less those that number the slots: see Horizon.
type Tree struct {
	nodes   []uint64 // nodes[1] is the winner, children of i are 2i and 2i+1
	leaves  int      // a power of two; the leaf of slot s is nodes[leaves+s]
	bits    uint     // width of the slot number in a key
	horizon uint64   // largest due time that a key can hold; one more is Never
	slots   int
}

// NewTree returns a tree with every slot at Never. It panics when slots is
// not within 1..MaxSlots: the number comes from the caller's own layout.
func NewTree(slots int) *Tree {
	if slots < 1 || slots > MaxSlots {
		panic(fmt.Sprintf("event: NewTree(%d): the number of slots must lie in 1..%d", slots, MaxSlots))
	}
	width := uint(bits.Len(uint(slots - 1)))
	t := &Tree{
		nodes:   make([]uint64, 2<<width),
		leaves:  1 << width,
		bits:    width,
		horizon: min(uint64(math.MaxUint64)>>width, math.MaxInt64) - 1,
		slots:   slots,
	}
	t.Reset()
	return t
}

// Reset puts every slot to Never.
func (t *Tree) Reset() {
	for slot := range t.leaves {
		t.nodes[t.leaves+slot] = (t.horizon+1)<<t.bits | uint64(slot)
	}
	for i := t.leaves - 1; i > 0; i-- {
		t.nodes[i] = min(t.nodes[2*i], t.nodes[2*i+1])
	}
}

// Slots returns the number of slots.
func (t *Tree) Slots() int { return t.slots }

// Horizon returns the latest due time that the tree can tell from others:
// 2^56 ns (834 days) with 256 slots, 2^52 ns (52 days) with 4096.
//
// Set holds a later time (and a negative one, which is what a sum that
// overflowed looks like) at the horizon. A run must therefore end before its
// clock reaches the horizon: a winner due at Horizon means that the run was
// too long, and Never means that nothing is pending.
func (t *Tree) Horizon() Time { return Time(t.horizon) }

// Set makes slot due at the given time; Never empties it.
func (t *Tree) Set(slot int, due Time) {
	field := min(uint64(due), t.horizon)
	if due == Never {
		field = t.horizon + 1
	}
	key := field<<t.bits | uint64(slot)
	nodes := t.nodes
	i := t.leaves + slot
	nodes[i] = key
	for i > 1 {
		key = min(key, nodes[i^1])
		i >>= 1
		nodes[i] = key
	}
}

// Min returns the slot that is due first and its time; the time is Never when
// no slot is due.
func (t *Tree) Min() (slot int, due Time) {
	key := t.nodes[1]
	return int(key & (1<<t.bits - 1)), t.time(key)
}

// Due returns the time at which slot is due.
func (t *Tree) Due(slot int) Time { return t.time(t.nodes[t.leaves+slot]) }

func (t *Tree) time(key uint64) Time {
	field := key >> t.bits
	if field > t.horizon {
		return Never
	}
	return Time(field)
}
