package batcher

// Remove takes a waiting request out whose client no longer wants it, and says whether that was done: one that is already in
// a payload stays. (Triton marks such a request and drops it when its batcher comes across it, PriorityQueue::PolicyQueue's
// cancelled_queue_; until then it takes room in the queue.)
func (b *Batcher) Remove(id int32) bool {
	made := b.made.requests // in payloads, at the front of the only queue
	for i := range b.levels {
		q := &b.levels[i]
		if w, ok := remove(&q.waiting, id, made); ok {
			b.gone(w)
			return true
		}
		if w, ok := remove(&q.deferred, id, max(0, made-q.waiting.len())); ok {
			b.gone(w)
			return true
		}
		made = 0
	}
	return false
}

// remove takes the request of a number out unless it is among the first made ones; those behind it move up.
func remove(f *fifo[waiter], id int32, made int) (w waiter, ok bool) {
	for i := made; i < f.len(); i++ {
		if f.at(i).id != id {
			continue
		}
		w = *f.at(i)
		for ; i < f.len()-1; i++ {
			*f.at(i) = *f.at(i + 1)
		}
		f.count--
		return w, true
	}
	return w, false
}
