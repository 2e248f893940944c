package batcher

import (
	"slices"
	"time"

	"vsim/sim/engine/event"
)

// poll is how long the batcher sleeps when it knows of nothing to do (default_wait_microseconds in
// DynamicBatchScheduler::BatcherThread).
const poll = event.Time(500 * time.Millisecond)

// thread is what Triton's batcher thread knows between two looks at its queue. Here it needs no time for
// a look and is always asleep in between.
type thread struct {
	idle    int        // instances
	current int        // size of the payload that it is making up, the last of payloads unless it is 0
	stale   bool       // current is closed or taken: the next look begins a new one
	next    int        // queued requests that are worth waking up for
	phantom int        // requests that it counts as queued for ever, though they were rejected
	woken   bool       // somebody has woken it
	blocked bool       // it sleeps until it has a slot, not for a request
	timer   event.Time // it wakes up by itself
}

// look is one round of DynamicBatchScheduler::BatcherThread (dynamic_batch_scheduler.cc). It says whether
// the next round follows at once; else the thread goes to sleep.
func (b *Batcher) look(now event.Time) (again bool) {
	b.tell()
	if b.stale {
		b.stale, b.current, b.next = false, 0, 0
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
	b.rejected = b.rejected[:0]
}

// wait sleeps for a slot. Each time that none is there after a poll, it lets the requests expire that
// have waited too long (WaitForPayloadSlotAvailable).
func (b *Batcher) wait(now event.Time) {
	if b.blocked {
		for i := range b.levels {
			b.expire(&b.levels[i], now)
		}
	}
	b.phantom += len(b.rejected)
	b.tell()
	b.blocked = true
	b.timer = now + poll
}

// extend puts requests into the current payload, or sets the timer for when it will
// (DynamicBatchScheduler::GetDynamicBatch, which goes request by request; this is what comes of it).
func (b *Batcher) extend(now event.Time) (again bool) {
	p := b.examine(now, b.max-b.current)
	full := b.current >= b.top
	late := b.delay > 0 && p.count > 0 && now >= p.oldest+b.delay
	switch best := b.best(p.count); {
	case best > 0 && !late:
		b.send(best, full || b.delay == 0)
	case full || p.more || b.current+p.count >= b.top:
		b.send(p.count, true)
	case late || b.delay == 0 || p.count == 0:
		b.send(p.count, false)
	default:
		return b.hold(p)
	}
	return true
}

// hold waits for more requests, unless the current payload could be taken as it is: then it takes what
// there is, for it has no preferred size that would be lost.
func (b *Batcher) hold(p pending) (again bool) {
	above, _ := slices.BinarySearch(b.preferred, b.current+p.count)
	b.next = b.preferred[above] - b.current
	if b.current > 0 && !slices.Contains(b.preferred, b.current) {
		b.send(p.count, false)
		return true
	}
	b.timer = min(p.oldest+b.delay, p.due)
	return false
}

// best is how many of so many requests bring the current payload to the largest preferred size within
// reach, 0 when none is. A payload that has all preferred sizes behind it takes one of several.
func (b *Batcher) best(count int) int {
	for _, size := range slices.Backward(b.preferred) {
		if size <= b.current {
			break
		}
		if size <= b.current+count {
			return size - b.current
		}
	}
	if b.current >= b.top && count > 1 {
		return 1
	}
	return 0
}

// send moves n queued requests into the current payload, and with the first of them the payload to the
// instances. Until Triton 21.12 a payload grew no more from then on: IsStaleState held for SCHEDULED, too
// (triton-inference-server/server, branch r21.12, src/core/dynamic_batch_scheduler.cc; gone in r22.01).
func (b *Batcher) send(n int, closed bool) {
	b.stale = closed || b.closed && n > 0
	if n == 0 {
		return
	}
	if b.current == 0 {
		b.payloads.push(0)
	}
	*b.payloads.at(b.payloads.len() - 1) += n
	b.current += n
	b.made += n
}

// start hands the first payload to an instance: InstanceQueue::Dequeue, instance_queue.cc.
func (b *Batcher) start(now event.Time) []int32 {
	n := b.payloads.pop()
	b.begun(0)
	for b.delay > 0 && b.payloads.len() > 0 && now-b.levels[0].waiting.at(n).since > b.delay {
		b.begun(1) // even when it is too large
		if n+*b.payloads.at(0) > b.max {
			break
		}
		n += b.payloads.pop()
	}
	if b.instances > 0 {
		b.idle--
	}
	b.woken = true
	b.made -= n
	b.taken = b.taken[:0]
	for range n {
		b.taken = append(b.taken, b.pop())
	}
	return b.taken
}

// begun says that all payloads but the last `rest` count as executing. If the current one is among them
// it grows no more.
func (b *Batcher) begun(rest int) {
	b.stale = b.stale || b.current > 0 && b.payloads.len() <= rest
}
