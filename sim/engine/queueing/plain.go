package queueing

import (
	"vsim/sim/engine/batcher"
	"vsim/sim/engine/event"
)

// Plain is one queue in order of arrival. A batch leaves as soon as a worker is idle and either Max items
// wait or the oldest has waited Delay (with Delay 0, as soon as one waits). The delay is paid even while a
// worker idles.
type Plain struct {
	max       int
	delay     event.Time
	unlimited bool // workers
	idle      bool // one was, when Take was called last
	waiting   ring[waiter]
	items     int // of those that wait
	taken     []int32
}

type waiter struct {
	id    int32
	items int32
	since event.Time
}

// NewPlain returns an empty queue. Of the rule it reads Max, Delay and Instances.
func NewPlain(c batcher.Config) *Plain {
	return &Plain{max: max(c.Max, 1), delay: event.Time(c.Delay), unlimited: c.Instances == 0}
}

// Add lets a request in; there is always room.
func (p *Plain) Add(now event.Time, id int32, _, items int) bool {
	p.waiting.push(waiter{id, int32(items), now})
	p.items += items
	return true
}

// Take returns the next batch.
func (p *Plain) Take(now event.Time, idle int) []int32 {
	p.idle = idle > 0 || p.unlimited
	if p.waiting.n == 0 || !p.idle || p.items < p.max && p.delay > 0 && now < p.waiting.at(0).since+p.delay {
		return nil
	}
	return p.pop(p.max)
}

// Due is when the oldest request has waited long enough for an idle worker.
func (p *Plain) Due() event.Time {
	if p.waiting.n == 0 || !p.idle {
		return event.Never
	}
	return p.waiting.at(0).since + p.delay
}

// Expired is always empty: nobody has a limit to their patience.
func (p *Plain) Expired() []int32 { return nil }

// Drain takes all requests out, the oldest first.
func (p *Plain) Drain() []int32 { return p.pop(p.items) }

// Len is the number of requests that wait.
func (p *Plain) Len() int { return p.waiting.n }

// pop takes requests of so many items in all at most, but one at least where somebody waits.
func (p *Plain) pop(most int) []int32 {
	taken, items := p.taken[:0], 0
	for i := 0; i < p.waiting.n; i++ {
		w := p.waiting.at(i)
		if items += int(w.items); items > most && i > 0 {
			items -= int(w.items)
			break
		}
		taken = append(taken, w.id)
	}
	p.waiting.drop(len(taken))
	p.items -= items
	p.taken = taken
	return taken
}
