package engine

import (
	"errors"
	"fmt"
	"time"

	"vsim/sim/engine/queueing"
)

// Largest is the most items that a batch may have, of requests of so many items at most; 0 means that there is no limit.
func (b *Batch) Largest(items int) int {
	switch {
	case b.Send != nil:
		return max(b.Send.Partitions, 1) * max(b.Send.Max, items)
	case b.Fetch != nil && b.Fetch.Max == 0:
		return 0
	case b.Fetch != nil:
		return max(b.Fetch.Max, items)
	}
	return max(b.Max, items)
}

// Longest is the longest that the rule has a request wait while a worker is idle.
func (b *Batch) Longest() time.Duration {
	switch {
	case b.Send != nil:
		return b.Send.Linger
	case b.Fetch != nil && b.Fetch.Min > 1:
		return b.Fetch.MaxWait
	}
	return b.Delay
}

// broker returns the discipline of a rule for messages, nil where there is none.
func (b *Batch) broker(workers int) (queueing.Discipline, error) {
	if b.Send == nil && b.Fetch == nil {
		return nil, nil
	}
	if b.Send != nil && b.Fetch != nil || b.Max != 0 || b.Delay != 0 || b.Preferred != nil || b.Prefetch || b.Closed || b.Queues != nil {
		return nil, errors.New("a rule of sending or fetching stands alone")
	}
	if b.Send != nil {
		return queueing.NewSender(*b.Send, workers)
	}
	return queueing.NewFetcher(*b.Fetch, workers)
}

// checkFeeds checks whom a pool fetches for.
func checkFeeds(sys *System, p *Pool) error {
	switch {
	case p.Feeds == 0:
		return nil
	case p.Batch.Fetch == nil:
		return errors.New("it feeds another, but has no rule of fetching")
	case p.Feeds < 0 || p.Feeds > len(sys.Pools):
		return fmt.Errorf("there is no pool %d to feed", p.Feeds-1)
	}
	for next, n := p, 0; next.Feeds > 0 && next.Feeds <= len(sys.Pools); n++ {
		if next = &sys.Pools[next.Feeds-1]; next == p || n == len(sys.Pools) {
			return errors.New("those it feeds feed it")
		}
	}
	return nil
}
