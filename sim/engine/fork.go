package engine

import "vsim/sim/engine/random"

// maxBranches is the number of branches that a fork can have.
const maxBranches = 16

// fork splits a request at its present node into children, one way each, and has it wait for them.
func (r *Run) fork(id int32) {
	q := &r.requests.items[id]
	n := &r.nodes[q.node]
	var copies [maxBranches]int32
	pending := int32(0)
	for i := range n.spec.Fork {
		copies[i] = 1
		if c := n.spec.Fork[i].Copies; c != nil {
			copies[i] = 0
			for range r.size(id) {
				copies[i] += int32(c.Draw(&n.copies))
			}
		}
		pending += copies[i]
	}
	if pending == 0 {
		r.advance(id, q, n.next)
		return
	}
	r.detail(id).pending = pending
	parent := *q // children may move the slab
	for i := range n.spec.Fork {
		first, items := int32(n.spec.Fork[i].First), int32(1)
		if n.spec.Fork[i].Copies == nil {
			items = r.size(id)
		}
		for range copies[i] {
			child := r.requests.take()
			r.requests.items[child] = request{arrived: r.now, class: parent.class, next: none, parent: id,
				place: parent.place, failed: notDropped}
			d := r.detail(child)
			d.first, d.server, d.items = first, r.details[id].server, items
			if r.observer != nil {
				r.tell(ChildStarts, child)
			}
			r.visit(child, &r.requests.items[child], first)
		}
	}
}

// join ends a child; the last one lets its parent go on.
func (r *Run) join(child int32) {
	c := &r.requests.items[child]
	id, failed := c.parent, c.failed
	r.release(child)
	r.requests.release(child)
	q := &r.requests.items[id]
	if failed != notDropped {
		q.failed = failed
	}
	d := r.detail(id)
	if d.pending--; d.pending > 0 {
		return
	}
	if q.failed != notDropped {
		r.drop(id, q.failed)
		return
	}
	r.advance(id, q, r.nodes[q.node].next)
}

// mayDraw0 says that a distribution of copies can give none.
func mayDraw0(c *random.Counter) bool { return c != nil && c.Min() == 0 }
