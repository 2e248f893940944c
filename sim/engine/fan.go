package engine

import "vsim/sim/engine/random"

// fan is what a step needs that works on copies of its batch's items: faces of a frame.
type fan struct {
	first  bool // of the steps of its pool that work on the same copies: it draws how many
	copies *random.Counter
	stream random.Stream
	most   int64 // copies of a call: those of which there are times
}

// newFan makes ready the fan of step k of a pool; nil where it has none.
func newFan(sys *System, steps []Step, k, replication, index int) *fan {
	s := &steps[k]
	if s.Fan == nil {
		return nil
	}
	f := &fan{first: true, copies: s.Fan, stream: stream(sys, "fan", replication, index), most: int64(len(s.Service.At[0]))}
	for i := range steps[:k] {
		if steps[i].Fan != nil {
			f.first = steps[i].Fan != s.Fan
		}
	}
	return f
}

// fanned draws how long a step takes for all copies of a batch's items: nothing where there are none.
func (r *Run) fanned(s *stage, j *job) (ns int64) {
	f := s.fan
	if f.first {
		j.copies = 0
		for range r.items(&j.batch) {
			j.copies += int64(f.copies.Draw(&f.stream))
		}
	}
	class := r.requests.items[j.batch.head].class
	if !s.perItem {
		for left := j.copies; left > 0; left -= f.most {
			ns += s.draw(class, int32(min(left, f.most)))
		}
		return ns
	}
	if j.copies == 0 {
		return 0
	}
	r.engines.start(min(max(s.parallel, 1), j.copies))
	for range j.copies {
		r.engines.add(s.draw(class, 1))
	}
	return r.engines.done()
}
