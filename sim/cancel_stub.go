package sim

import (
	"math"

	"vsim/sim/event"
)

func (r *resource) cancel(id int32, kind int) {
	c := r.clock(kind)
	old := c.finish
	c.finish = event.Heap{}
	for old.Len() > 0 {
		k, j := old.Min()
		old.Pop()
		if j != id {
			c.finish.Push(k, j)
		}
	}
	r.n[kind]--
	if c.finish.Len() == 0 {
		c.served, c.first = 0, math.Inf(1)
		return
	}
	k, _ := c.finish.Min()
	c.first = clockReading(k)
}
