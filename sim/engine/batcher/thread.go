package batcher

import (
	"slices"
	"time"

	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
)

// poll is how long the batcher sleeps when it knows of nothing to do (default_wait_microseconds in
// DynamicBatchScheduler::BatcherThread).
const poll = event.Time(500 * time.Millisecond)

// thread is what Triton's batcher thread knows between two looks at its queue. Here it needs no time for
// a look and is always asleep in between.
type thread struct {
	idle    int        // instances
	current size       // of the payload that it is making up, the last of payloads unless it is empty
	stale   bool       // current is closed or taken: the next look begins a new one
	next    int        // queued items that are worth waking up for
	phantom int        // items of requests that it counts as queued for ever, though they were rejected
	woken   bool       // somebody has woken it
	blocked bool       // it sleeps until it has a slot, not for a request
	timer   event.Time // it wakes up by itself
}

// early draws the looks of the batcher that come before the instance is idle which wakes it.
type early struct {
	share  float64
	chance random.Stream
}

func newEarly(c *Config) *early {
	if c.Early == 0 {
		return nil
	}
	return &early{c.Early, c.Chance}
}

// race draws whether the batcher looks early that an instance has woken (Payload::Execute, payload.cc). The instance counts as idle, and
// takes the next payload, only in RateLimiter::DequeuePayload: a batcher that is quicker finds everything as it was while the instance
// was busy.
func (b *Batcher) race(now event.Time) {
	if b.early.chance.Float64() >= b.early.share {
		b.woken = true
		return
	}
	if b.blocked && !b.slot() && now < b.timer {
		return // what it sleeps for has not come: it sleeps on
	}
	b.woken = b.look(now)
}

// look is one round of DynamicBatchScheduler::BatcherThread (dynamic_batch_scheduler.cc). It says whether
// the next round follows at once; else the thread goes to sleep.
func (b *Batcher) look(now event.Time) (again bool) {
	b.tell()
	if b.stale {
		b.stale, b.current, b.next = false, size{}, 0
	}
	if !b.slot() && (b.blocked || b.queued() > 0) {
		b.wait(now)
		return false
	}
	b.blocked = false
	if b.queued() == 0 {
		b.timer = now + poll
		return false
	}
	if again = b.extend(now); again {
		b.tell()
	}
	return again
}

// tell lets those know that were rejected. A thread that goes to sleep does so only when it wakes up.
func (b *Batcher) tell() {
	b.expired = append(b.expired, b.rejected...)
	b.rejected, b.refused = b.rejected[:0], 0
}

// wait sleeps for a slot. Each time that none is there after a poll, it lets the requests expire that
// have waited too long (WaitForPayloadSlotAvailable).
func (b *Batcher) wait(now event.Time) {
	if b.blocked {
		for i := range b.levels {
			b.expire(&b.levels[i], now)
		}
	}
	b.phantom += b.refused
	b.tell()
	b.blocked = true
	b.timer = now + poll
}

// extend puts requests into the current payload, or sets the timer for when it will
// (DynamicBatchScheduler::GetDynamicBatch).
func (b *Batcher) extend(now event.Time) (again bool) {
	p := b.examine(now)
	late := b.delay > 0 && p.all.requests > 0 && now >= p.oldest+b.delay
	switch {
	case p.best.requests > 0 && !late:
		b.send(p.best, p.past || b.delay == 0)
	case p.past || p.more || b.current.items+p.all.items >= b.top:
		b.send(p.all, true)
	case late || b.delay == 0 || p.all.requests == 0:
		b.send(p.all, false)
	default:
		return b.hold(p)
	}
	return true
}

// hold waits for more requests, unless the current payload could be taken as it is: then it takes what
// there is, for it has no preferred size that would be lost.
func (b *Batcher) hold(p pending) (again bool) {
	above, _ := slices.BinarySearch(b.preferred, b.current.items+p.all.items)
	b.next = b.preferred[above] - b.current.items
	if b.current.requests > 0 && !slices.Contains(b.preferred, b.current.items) {
		b.send(p.all, false)
		return true
	}
	b.timer = min(p.oldest+b.delay, p.due)
	return false
}

// send moves queued requests into the current payload, and with the first of them the payload to the
// instances. Until Triton 21.12 a payload grew no more from then on: IsStaleState held for SCHEDULED, too
// (triton-inference-server/server, branch r21.12, src/core/dynamic_batch_scheduler.cc; gone in r22.01).
func (b *Batcher) send(n size, closed bool) {
	b.stale = closed || b.closed && n.requests > 0
	if n.requests == 0 {
		return
	}
	if b.current.requests == 0 {
		b.payloads.push(size{})
	}
	last := b.payloads.at(b.payloads.len() - 1)
	*last = last.plus(n)
	b.current = b.current.plus(n)
	b.made = b.made.plus(n)
}

// start hands the first payload to an instance: InstanceQueue::Dequeue, instance_queue.cc.
func (b *Batcher) start(now event.Time) []int32 {
	n := b.payloads.pop()
	b.begun(0)
	for b.delay > 0 && b.payloads.len() > 0 && now-b.levels[0].waiting.at(n.requests).since > b.delay {
		b.begun(1) // even when it is too large
		if n.items+b.payloads.at(0).items > b.max {
			break
		}
		n = n.plus(b.payloads.pop())
	}
	if b.instances > 0 {
		b.idle--
	}
	b.woken = true
	b.made = b.made.less(n)
	b.taken = b.taken[:0]
	for range n.requests {
		b.taken = append(b.taken, b.pop())
	}
	return b.taken
}

// begun says that all payloads but the last `rest` count as executing. If the current one is among them
// it grows no more.
func (b *Batcher) begun(rest int) {
	b.stale = b.stale || b.current.requests > 0 && b.payloads.len() <= rest
}
