package engine

import "vsim/sim/engine/event"

const none = int32(-1)

// request is one request inside the system, or a child that a fork made of one. It is in one queue or
// one batch at a time, linked by next; a parent whose children are under way is in none. It is small, so that those
// of a few hundred clients fit into a core's first cache (32 KiB).
type request struct {
	arrived event.Time // when it entered the system
	queued  event.Time // when it entered its present pool
	class   int32
	node    int32
	next    int32
	parent  int32 // none for a request of its own
	place   int32 // where it was served last; 0 for nowhere
	holds   int16 // the memory that it holds a part of, counted from 1; 0 for none
	failed  Drop  // why a child of it was dropped; notDropped if none was
	spilled bool  // what it holds lies on the host now
}

// detail is what only forks, streams, several servers and requests of several items know of a request.
type detail struct {
	pending int32 // children that are under way
	first   int32 // where its way began: node 0, or a branch's first
	server  int32
	stream  int32 // of the source, which sent it
	items   int32 // where any request may have others than one
}

// detail returns the details of a request.
func (r *Run) detail(id int32) *detail {
	for int(id) >= len(r.details) {
		r.details = append(r.details, detail{})
	}
	return &r.details[id]
}

// size is the number of a request's items.
func (r *Run) size(id int32) int32 {
	if !r.sized {
		return 1
	}
	return r.details[id].items
}

// items is the number of a list's items.
func (r *Run) items(f *fifo) int32 {
	if !r.sized {
		return f.len
	}
	n := int32(0)
	for q := f.head; q != none; q = r.requests.items[q].next {
		n += r.details[q].items
	}
	return n
}

// kind returns the kind of a batch's job on the resource of a step.
func (r *Run) kind(s *stage, batch *fifo) int {
	if s.kinds == nil {
		return s.kind
	}
	return s.kinds[r.items(batch)-1]
}

// fifo is a linked list of requests, oldest first.
type fifo struct {
	head, tail int32
	len        int32
}

var empty = fifo{none, none, 0}

// append puts a request at the end of a list.
func (r *Run) append(f *fifo, id int32) {
	r.requests.items[id].next = none
	if f.len == 0 {
		f.head = id
	} else {
		r.requests.items[f.tail].next = id
	}
	f.tail = id
	f.len++
}

// split takes up to n requests off the front of a list.
func (r *Run) split(f *fifo, n int32) fifo {
	if f.len <= n {
		all := *f
		*f = empty
		return all
	}
	front := fifo{head: f.head, len: n}
	last := f.head
	for range n - 1 {
		last = r.requests.items[last].next
	}
	front.tail = last
	f.head = r.requests.items[last].next
	f.len -= n
	r.requests.items[last].next = none
	return front
}

// list links requests to a list.
func (r *Run) list(ids []int32) fifo {
	if len(ids) == 0 {
		return empty
	}
	f := fifo{head: ids[0], tail: ids[len(ids)-1], len: int32(len(ids))}
	for i, id := range ids[1:] {
		r.requests.items[ids[i]].next = id
	}
	r.requests.items[f.tail].next = none
	return f
}

// each calls do for every request of a list, which may pass it on to another.
func (r *Run) each(f fifo, do func(id int32)) {
	for id := f.head; id != none; {
		next := r.requests.items[id].next
		do(id)
		id = next
	}
}
