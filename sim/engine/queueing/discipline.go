// Package queueing says how requests wait before a pool of workers, and when a batch of them leaves: one
// small interface, which the simulator drives with simulated time and the live server with a wall clock.
// What is simulated is what runs.
package queueing

import (
	"vsim/sim/engine/batcher"
	"vsim/sim/engine/event"
)

// Discipline is the queue of one pool. Whatever happens at a moment (requests come, a worker is free, Due has
// come), the caller tells it and then calls Take until it returns nil. Time never goes back from one call to
// the next. Returned slices are valid until the next call.
type Discipline interface {
	// Add lets a request of so many items (images) into the queue of a priority level, 0 being the highest. It says
	// whether there was room for it. Batches count items and split no request; one of more items than a batch may
	// have goes alone.
	Add(now event.Time, id int32, level, items int) bool
	// Take returns the requests of the batch that an idle worker starts at this moment, nil when there is
	// none; idle is the number of workers that are idle before (any number where they are unlimited).
	Take(now event.Time, idle int) []int32
	// Due is when Take must be called again if nothing happens before; event.Never when only an arrival or a
	// worker can change something.
	Due() event.Time
	// Expired returns the requests that Take has rejected since the last call because they waited too long.
	Expired() []int32
	// Drain takes all requests out, the oldest first.
	Drain() []int32
	// Len is the number of requests that wait.
	Len() int
}

// New returns the simplest discipline that obeys a rule: Plain, or Triton's batcher where the rule has
// preferred sizes, prefetching or queue policies. It errs on a rule that contradicts itself.
func New(c batcher.Config) (Discipline, error) {
	b, err := batcher.New(c)
	if err != nil {
		return nil, err
	}
	if c.Preferred == nil && !c.Prefetch && c.Queues == nil {
		return NewPlain(c), nil
	}
	return b, nil
}
