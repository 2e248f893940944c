// Package batcher is the dynamic batcher of NVIDIA's Triton Inference Server as a state machine: which
// requests an idle instance takes, and when. It has no clock; the caller says what time it is.
//
// The rules are those of Triton's source (triton-inference-server/core, commit 73aad7c, June 2026); the
// comments name its files and functions, and the README has the table of rules and what is idealised.
package batcher

import (
	"fmt"
	"time"

	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
)

// Config says how requests are batched, in the terms of Triton's model configuration (ModelDynamicBatching
// and ModelQueuePolicy in model_config.proto).
type Config struct {
	Max       int           // largest batch, in items (max_batch_size); 0 means 1
	Delay     time.Duration // longest wait of requests for more of them (max_queue_delay_microseconds)
	Preferred []int         // sizes, in items, at which a batch goes before its delay is over, ascending; nil means Max
	Prefetch  bool          // batches are made up ahead of idle instances; only works with one queue without limit and timeout, and is off otherwise
	Closed    bool          // what is made up ahead is closed as it is made, and does not grow until an instance takes it
	Instances int           // that execute one batch each at a time; 0 means unlimited
	Queues    []Queue       // by priority, the highest first; nil means one without limit and timeout
	Early     float64       // probability that the batcher, which an instance wakes that is done, looks before that instance is idle
	Chance    random.Stream // draws which looks are early
}

// Queue is the policy of the queue of one priority level.
type Queue struct {
	Limit   int           // requests that may wait; one more is rejected; 0 means no limit
	Timeout time.Duration // longest wait; 0 means no limit
	Defer   bool          // who has waited longer than Timeout goes after all others of its level, else it is rejected
}

// longest is the most that a delay or timeout may be, so that no sum of times overflows.
const longest = time.Duration(1 << 60)

func (c *Config) check() error {
	if c.Max < 0 || c.Instances < 0 {
		return fmt.Errorf("batcher: batches of %d for %d instances; neither may be negative", c.Max, c.Instances)
	}
	if c.Delay < 0 || c.Delay > longest {
		return fmt.Errorf("batcher: delay %v; it must lie between 0 and %v", c.Delay, longest)
	}
	if !(c.Early >= 0 && c.Early <= 1) {
		return fmt.Errorf("batcher: %v of all looks are early; it must lie between 0 and 1", c.Early)
	}
	last := 0
	for _, size := range c.Preferred {
		if size <= last || size > max(c.Max, 1) {
			return fmt.Errorf("batcher: preferred sizes %v; they must rise, from 1 at least to the largest batch, %d, at most", c.Preferred, max(c.Max, 1))
		}
		last = size
	}
	for i, q := range c.Queues {
		if q.Limit < 0 || q.Timeout < 0 || q.Timeout > longest {
			return fmt.Errorf("batcher: queue %d has limit %d and timeout %v; neither may be negative, nor the timeout longer than %v", i, q.Limit, q.Timeout, longest)
		}
	}
	return nil
}

// Batcher holds the requests that wait for one model's instances. Whatever happens at a moment (requests
// come, an instance is done, Due has come), the caller tells it and then calls Take until it returns nil.
type Batcher struct {
	max       int
	delay     event.Time
	preferred []int
	top       int // largest preferred size
	prefetch  bool
	closed    bool
	instances int
	rejects   bool // a queue rejects after a timeout
	early     *early

	levels   []level
	total    size       // in queues
	payloads fifo[size] // those that wait for an instance; their requests are still at the front of the queue
	made     size       // in payloads

	thread

	taken    []int32
	rejected []int32 // after their timeout, and nobody knows yet
	refused  int     // items of those
	expired  []int32 // the same, for Expired
}

// New returns an empty batcher, all of whose instances are idle. It errs on a configuration that
// contradicts itself.
func New(c Config) (*Batcher, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	b := &Batcher{max: max(c.Max, 1), delay: event.Time(c.Delay), preferred: c.Preferred, closed: c.Closed, instances: c.Instances, early: newEarly(&c)}
	if len(b.preferred) == 0 {
		b.preferred = []int{b.max} // the default of NormalizeModelConfig, model_config_utils.cc
	}
	b.top = b.preferred[len(b.preferred)-1]
	queues := c.Queues
	if len(queues) == 0 {
		queues = []Queue{{}}
	}
	for _, q := range queues {
		b.levels = append(b.levels, level{limit: q.Limit, timeout: event.Time(q.Timeout), deferring: q.Defer})
		b.rejects = b.rejects || q.Timeout > 0 && !q.Defer
	}
	b.prefetch = c.Prefetch && len(queues) == 1 && queues[0].Limit == 0 && queues[0].Timeout == 0
	b.thread = thread{idle: c.Instances, timer: poll}
	return b, nil
}

// Add lets a request of so many items into the queue of a priority level, 0 being the highest. It says whether
// there was room for it. A request is never split; one of more items than a batch may have goes alone. Time never
// goes back from one call to the next, here and below.
func (b *Batcher) Add(now event.Time, id int32, level, items int) bool {
	q := &b.levels[level]
	if q.limit > 0 && q.len() >= q.limit {
		b.phantom += items
		return false
	}
	if b.queued() == 0 && b.timer <= now {
		b.timer += ((now-b.timer)/poll + 1) * poll // it has looked at the empty queue again and again
	}
	q.waiting.push(waiter{id: id, items: int32(items), since: now})
	b.total = b.total.plus(size{1, items})
	// DynamicBatchScheduler::Enqueue wakes the batcher only for what it could make up now.
	b.woken = b.woken || b.slot() && b.total.items-b.made.items+b.phantom >= b.next
	return true
}

// Take returns the requests of the batch that an idle instance starts at this moment, nil when there is
// none; idle is the number of instances that are idle before (of unlimited ones one always is). The slice
// is valid until the next call.
//
// An idle instance takes a waiting payload before the batcher looks at its queue again, unless that look is early.
func (b *Batcher) Take(now event.Time, idle int) []int32 {
	if b.instances > 0 {
		if idle > b.idle {
			b.woken = b.woken || b.early == nil
			if b.early != nil {
				b.race(now)
			}
		}
		b.idle = idle
	}
	for b.payloads.len() == 0 || !b.hasIdle() {
		if !b.woken && now < b.timer {
			return nil
		}
		b.woken = b.look(now)
	}
	return b.start(now)
}

// Due is the time at which Take must be called again if nothing happens before; event.Never when only an
// arrival or an instance can change something.
func (b *Batcher) Due() event.Time {
	if b.queued() == 0 || !b.slot() && !b.rejects {
		return event.Never
	}
	return b.timer
}

// Expired returns the requests that Take rejected because they had waited too long, since the last call.
// The slice is valid until the next call of Take.
func (b *Batcher) Expired() []int32 {
	ids := b.expired
	b.expired = b.expired[:0]
	return ids
}

// Len is the number of requests inside.
func (b *Batcher) Len() int { return b.total.requests + len(b.rejected) }

// Drain takes all requests out, the oldest first; of those that came at one moment, the higher priority
// first. The slice is valid until the next call.
func (b *Batcher) Drain() []int32 {
	b.taken = b.taken[:0]
	for b.total.requests > 0 {
		b.taken = append(b.taken, b.popOldest())
	}
	for b.payloads.len() > 0 {
		b.payloads.pop()
	}
	b.made = size{}
	b.tell()
	b.stale = b.stale || b.current.requests > 0
	b.woken = true
	return b.taken
}

// queued is the number of requests that are not in a payload yet.
func (b *Batcher) queued() int { return b.total.requests - b.made.requests }

// hasIdle says whether an instance is idle.
func (b *Batcher) hasIdle() bool { return b.instances == 0 || b.idle > 0 }

// slot says whether a payload may be made up, or grow: RateLimiter::PayloadSlotAvailable, rate_limiter.cc.
func (b *Batcher) slot() bool {
	if b.prefetch && b.instances > 0 {
		return b.payloads.len() < 2*b.instances
	}
	return b.hasIdle()
}
