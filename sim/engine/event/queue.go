package event

import "math"

// Queue is a Heap for keys that mostly come in order, as the ends of jobs that take equally long do. What
// is pushed behind the last that came in order goes to the end of a line, and only the rest into a heap;
// the first of the two firsts is the first. The zero value is empty and ready.
//
// Order: that of Heap.
type Queue struct {
	line  []item // a ring, sorted; its length is 0 or a power of two
	head  int
	lined int
	last  uint64 // no less than the key of the last in the line
	heap  Heap   // it also counts the pushes
}

// Len returns the number of pending items.
func (q *Queue) Len() int { return q.lined + q.heap.count }

// place returns place i of the line, 0 being the first.
func (q *Queue) place(i int) *item { return &q.line[(q.head+i)&(len(q.line)-1)] }

// inLine says that the first item stands in the line.
func (q *Queue) inLine() bool {
	return q.lined > 0 && (q.heap.count == 0 || before(q.place(0), &q.heap.items[0]) != 0)
}

// Min returns the first item. The queue must not be empty.
func (q *Queue) Min() (key int64, id int32) {
	if q.inLine() {
		return q.place(0).pair()
	}
	return q.heap.Min()
}

// Push adds an item.
func (q *Queue) Push(key int64, id int32) {
	if q.heap.pushes == math.MaxUint32 {
		q.renumber()
	}
	it := newItem(key, q.heap.pushes, id)
	if q.lined > 0 && it.key < q.last {
		q.heap.Push(key, id)
		return
	}
	if q.lined == len(q.line) {
		q.lengthen()
	}
	*q.place(q.lined) = it
	q.last = it.key
	q.heap.pushes++
	q.lined++
}

// Pop removes the first item. The queue must not be empty.
func (q *Queue) Pop() {
	if q.heap.count == 0 || q.inLine() {
		q.head++
		q.lined--
		return
	}
	q.heap.Pop()
}

// Next is Pop, and then Min if there is one.
func (q *Queue) Next() (key int64, id int32, ok bool) {
	if q.heap.count > 0 {
		q.Pop()
		if q.Len() == 0 {
			return 0, 0, false
		}
		key, id = q.Min()
		return key, id, true
	}
	q.head++
	if q.lined--; q.lined == 0 {
		return 0, 0, false
	}
	key, id = q.place(0).pair()
	return key, id, true
}

// Remove is that of Heap.
func (q *Queue) Remove(id int32) bool {
	for i := range q.lined {
		if int32(uint32(q.place(i).tail)) != id {
			continue
		}
		for ; i < q.lined-1; i++ {
			*q.place(i) = *q.place(i + 1)
		}
		q.lined--
		return true
	}
	return q.heap.Remove(id)
}

func (q *Queue) lengthen() {
	longer := make([]item, max(8, 2*q.lined))
	for i := range q.lined {
		longer[i] = *q.place(i)
	}
	q.line, q.head = longer, 0
}

// renumber starts the numbers of pushes anew, as a heap does: all go there for once.
func (q *Queue) renumber() {
	for i := range q.lined {
		q.heap.insert(*q.place(i))
	}
	q.lined = 0
	q.heap.renumber()
}
