package engine

// feeding is between a pool that fetches and the one for which it does: a consumer asks the broker for more once it has begun to work on
// all that it got, and not before.
type feeding struct {
	taker   int32   // the pool that takes what this one fetches; none if there is none
	feeders []int32 // those that fetch for this one
}

// connect has pools know who fetches for whom.
func (r *Run) connect() {
	of := func(i int32) *feeding {
		p := &r.pools[i]
		if p.feeding == nil {
			p.feeding = &feeding{taker: none}
		}
		return p.feeding
	}
	for i := range r.pools {
		if taker := int32(r.pools[i].spec.Feeds - 1); taker != none {
			of(int32(i)).taker = taker
			of(taker).feeders = append(of(taker).feeders, int32(i))
			r.pools[taker].fills = true // so that dispatchFuller tells them
		}
	}
}

// blocked says that a pool may not fetch, since what it has fetched waits still, and notes it.
func (r *Run) blocked(p *pool) bool {
	taker := p.feeding.taker
	p.full = taker != none && r.pools[taker].queue.len() > 0
	return p.full
}

// fetchOn has the pools that feed another fetch on, if nothing waits there any more.
func (r *Run) fetchOn(p *pool) {
	if p.queue.len() > 0 {
		return
	}
	for _, i := range p.feeding.feeders {
		if f := &r.pools[i]; f.full {
			f.fill(r.now)
			f.full = false
			r.wake(i, f)
		}
	}
}
