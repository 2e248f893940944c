package queueing

// Remover is a discipline out of which a request may be taken that no longer wants to be served: its client has hung up, or has
// less patience than its queue. Only a live server has such requests.
type Remover interface {
	// Remove takes a waiting request out. It says whether that was done: a request that is not there, or is already part
	// of a batch, stays.
	Remove(id int32) bool
}

// Remove takes a waiting request out.
func (p *Plain) Remove(id int32) bool {
	for i := range p.waiting.n {
		if w := *p.waiting.at(i); w.id == id {
			p.waiting.remove(i)
			p.items -= int(w.items)
			return true
		}
	}
	return false
}
