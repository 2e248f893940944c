package event

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"testing"
)

// queue is what the hold model asks of a structure: the component that is due
// first, and a new due time for it.
type queue interface {
	Set(slot int, due Time)
	Min() (slot int, due Time)
}

// hold is the hold model (Jones 1986, An empirical comparison of
// priority-queue and event-set implementations, Communications of the ACM
// 29(4), 300-311): the first of so many pending events is taken and comes
// back after an exponential time.
func hold(b *testing.B, slots int, q queue) {
	var step [4096]Time
	rng := rand.New(rand.NewPCG(1, uint64(slots)))
	for i := range step {
		step[i] = Time(rng.ExpFloat64() * 1e6)
	}
	for slot := range slots {
		q.Set(slot, step[slot%len(step)])
	}
	i := 0
	for b.Loop() {
		slot, now := q.Min()
		q.Set(slot, now+step[i%len(step)])
		i++
	}
}

// wideTree is a rival: a winner tree of two-word keys, time and then the
// number of the Set, which makes ties first come first served.
type wideTree struct {
	leaf   []item
	winner []int32 // winner[1] is the first slot of all
	sets   uint32
}

func newWideTree(slots int) *wideTree {
	leaves := 1 << bits.Len(uint(slots-1))
	t := &wideTree{leaf: make([]item, leaves), winner: make([]int32, 2*leaves)}
	for i := range t.leaf {
		t.leaf[i] = newItem(int64(Never), uint32(i), int32(i))
		t.winner[leaves+i] = int32(i)
	}
	for i := leaves - 1; i > 0; i-- {
		t.winner[i] = t.winner[2*i]
	}
	return t
}

func (t *wideTree) Set(slot int, due Time) {
	t.leaf[slot] = newItem(int64(due), t.sets, int32(slot))
	t.sets++
	first := int32(slot)
	for i := len(t.leaf) + slot; i > 1; i >>= 1 {
		other := t.winner[i^1]
		swap := -int32(before(&t.leaf[other], &t.leaf[first])) // a mask, not a branch
		first ^= (first ^ other) & swap
		t.winner[i>>1] = first
	}
}

func (t *wideTree) Min() (int, Time) {
	slot := t.winner[1]
	return int(slot), Time(t.leaf[slot].key ^ signBit)
}

// heapQueue is a rival: one packed heap for the events of all.
type heapQueue struct{ Heap }

func (q *heapQueue) Set(slot int, due Time) {
	if q.Len() > 0 {
		if _, id := q.Heap.Min(); id == int32(slot) {
			q.Pop()
		}
	}
	q.Push(int64(due), int32(slot))
}

func (q *heapQueue) Min() (int, Time) { key, id := q.Heap.Min(); return int(id), Time(key) }

func BenchmarkHold(b *testing.B) {
	for _, n := range []int{16, 32, 64, 256, 1024, 4096} {
		b.Run(fmt.Sprintf("tree/%d", n), func(b *testing.B) { hold(b, n, NewTree(n)) })
		b.Run(fmt.Sprintf("wide/%d", n), func(b *testing.B) { hold(b, n, newWideTree(n)) })
		b.Run(fmt.Sprintf("heap/%d", n), func(b *testing.B) { hold(b, n, &heapQueue{}) })
	}
}

// The rivals must do the same work: the same slots at the same times.
func TestRivalsAgree(t *testing.T) {
	const slots = 50
	rng := rand.New(rand.NewPCG(1, 2))
	queues := []queue{NewTree(slots), newWideTree(slots), &heapQueue{}}
	for slot := range slots {
		due := Time(rng.Int64N(1e15)) // far apart: ties are ordered differently
		for _, q := range queues {
			q.Set(slot, due)
		}
	}
	for range 1000 {
		slot, now := queues[0].Min()
		step := Time(rng.Int64N(1e15))
		for i, q := range queues {
			if s, at := q.Min(); s != slot || at != now {
				t.Fatalf("rival %d: slot %d at %d, the tree has slot %d at %d", i, s, at, slot, now)
			}
			q.Set(slot, now+step)
		}
	}
}
