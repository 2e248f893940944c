package event

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"
)

// sorted is the dumb twin of Heap: a slice kept in order, new items behind
// their equals.
type sorted []pair

type pair struct {
	key int64
	id  int32
}

func (s *sorted) Push(key int64, id int32) {
	at := sort.Search(len(*s), func(i int) bool { return (*s)[i].key > key })
	*s = slices.Insert(*s, at, pair{key, id})
}

// both does the same to a heap, a queue and their twin.
type both struct {
	heap  Heap
	queue Queue
	twin  sorted
}

func (b *both) push(key int64, id int32) {
	b.heap.Push(key, id)
	b.queue.Push(key, id)
	b.twin.Push(key, id)
}

// pushed says how often both have been pushed to.
func (b *both) pushed(n uint32) { b.heap.pushes, b.queue.heap.pushes = n, n }

func (b *both) pop(t *testing.T) {
	t.Helper()
	key, id := b.heap.Min()
	if want := b.twin[0]; (pair{key, id}) != want {
		t.Fatalf("Min is (%d, %d), want %v", key, id, want)
	}
	if key, id := b.queue.Min(); (pair{key, id}) != b.twin[0] {
		t.Fatalf("the queue's Min is (%d, %d), want %v", key, id, b.twin[0])
	}
	b.heap.Pop()
	b.twin = b.twin[1:]
	if len(b.twin)%2 == 0 {
		b.queue.Pop()
	} else if key, id, ok := b.queue.Next(); !ok || (pair{key, id}) != b.twin[0] {
		t.Fatalf("Next is (%d, %d, %v), want %v", key, id, ok, b.twin[0])
	}
	if b.heap.Len() != len(b.twin) || b.queue.Len() != len(b.twin) {
		t.Fatalf("Len is %d and %d, want %d", b.heap.Len(), b.queue.Len(), len(b.twin))
	}
}

// remove removes an item of the twin's choice, or one that is not there.
func (b *both) remove(t *testing.T, at int) {
	t.Helper()
	id := int32(-1 << 31)
	if at < len(b.twin) {
		id = b.twin[at].id
		b.twin = slices.Delete(b.twin, at, at+1)
	}
	if found := b.heap.Remove(id); found != (id != -1<<31) || b.heap.Len() != len(b.twin) {
		t.Fatalf("Remove(%d) says %v and leaves %d of %d", id, found, b.heap.Len(), len(b.twin))
	}
	if found := b.queue.Remove(id); found != (id != -1<<31) || b.queue.Len() != len(b.twin) {
		t.Fatalf("the queue's Remove(%d) says %v and leaves %d of %d", id, found, b.queue.Len(), len(b.twin))
	}
}

func (b *both) drain(t *testing.T) {
	t.Helper()
	for len(b.twin) > 0 {
		b.pop(t)
	}
}

func TestHeapAgainstTwin(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 1))
		var b both
		if seed%2 == 1 {
			b.pushed(math.MaxUint32 - uint32(rng.IntN(200))) // the count wraps within the run
		}
		span := 1 + rng.Int64N(1<<rng.IntN(63))
		grow := 2 + rng.IntN(6)
		for id := range int32(500) {
			switch {
			case len(b.twin) == 0 || rng.IntN(8) < grow:
				b.push(rng.Int64N(span)-span/2, 250-id)
			case rng.IntN(3) == 0:
				b.remove(t, rng.IntN(len(b.twin)+1))
			default:
				b.pop(t)
			}
		}
		b.drain(t)
	}
}

func FuzzHeap(f *testing.F) {
	f.Add([]byte("\x01\x00\x01\x00\x00\x00\x01\x02\x00"))
	f.Fuzz(func(t *testing.T, steps []byte) {
		var b both
		for id := int32(0); len(steps) >= 3; steps, id = steps[3:], id+1 {
			number := binary.LittleEndian.Uint16(steps[1:])
			switch {
			case steps[0]%3 == 0 && len(b.twin) > 0:
				b.pop(t)
			case steps[0]%7 == 0:
				b.remove(t, int(number))
			default:
				b.push(int64(int16(number))<<(steps[0]%48), id)
			}
		}
		b.drain(t)
	})
}

func TestEqualKeysComeInTheOrderOfPush(t *testing.T) {
	var b both
	b.pushed(math.MaxUint32 - 3) // renumbered halfway
	for _, id := range []int32{5, -1, 9, 0, 3, 3, 8} {
		b.push(42, id)
	}
	b.drain(t)
}

func TestExtremeKeys(t *testing.T) {
	var b both
	for id, key := range []int64{0, math.MaxInt64, math.MinInt64, -1, 1} {
		b.push(key, int32(id))
	}
	b.drain(t)
}

func TestResetEmptiesHeap(t *testing.T) {
	var h Heap
	h.Push(1, 1)
	h.Push(2, 2)
	h.Reset()
	h.Push(3, 7)
	if key, id := h.Min(); key != 3 || id != 7 || h.Len() != 1 {
		t.Errorf("after Reset and Push(3, 7): Min (%d, %d), Len %d", key, id, h.Len())
	}
}

func TestWarmHeapAllocatesNothing(t *testing.T) {
	var h Heap
	for i := range int64(1000) {
		h.Push(i*7919%1000, int32(i))
	}
	if n := testing.AllocsPerRun(1000, func() {
		key, id := h.Min()
		h.Pop()
		h.Push(key+id2span(id), id)
	}); n != 0 {
		t.Errorf("%g allocations a hold, want 0", n)
	}
}

func id2span(id int32) int64 { return int64(id)*31%977 + 1 }

// TestQueueInOrder: keys that come in order stay in the line, and a queue that turns over allocates nothing.
func TestQueueInOrder(t *testing.T) {
	var q Queue
	for i := range int64(1000) {
		q.Push(i, int32(i))
	}
	if q.lined != 1000 {
		t.Errorf("%d of 1000 stand in the line", q.lined)
	}
	next := int64(1000)
	if n := testing.AllocsPerRun(100, func() {
		key, _ := q.Min()
		q.Pop()
		q.Push(next, 0)
		q.Push(key+1, 1) // out of order
		q.Pop()
		next++
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
