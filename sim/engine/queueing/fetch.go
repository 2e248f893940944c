package queueing

import (
	"errors"
	"fmt"

	"vsim/sim/engine/event"
)

// Fetcher is the discipline of a Fetch. An idle worker is a fetch that waits at the broker: Kafka's delayed fetch, or Redis's blocked
// client. The one that has waited longest is answered first.
//
// With a Min of 1 it does not matter when a fetch was made, as it is answered as soon as there is anything. With more, it goes at MaxWait
// after it was made with what is there then; if there is nothing, it is made again at that moment.
//
// Single is for Redis's streams: a client adds messages by a command each, and Redis answers whom it has blocked after each command.
type Fetcher struct {
	min, max int
	wait     event.Time // event.Never for no limit
	waiting  ring[waiter]
	items    int // of those that wait
	idle     int
	single   bool
	alone    int          // of those that wait, who go alone
	made     []event.Time // of the fetches that wait; where it matters
	taken    []int32
}

// NewFetcher returns an empty queue before so many workers, whose first fetches are made at time 0.
func NewFetcher(rule Fetch, workers int) (*Fetcher, error) {
	switch {
	case rule.Min < 0 || rule.Max < 0 || rule.MaxWait < 0:
		return nil, fmt.Errorf("fetch: %d at least, %d at most, for %v: none may be negative", rule.Min, rule.Max, rule.MaxWait)
	case rule.Max > 0 && rule.Min > rule.Max:
		return nil, fmt.Errorf("fetch: %d at least, %d at most", rule.Min, rule.Max)
	case rule.Single && rule.Min > 1:
		return nil, fmt.Errorf("fetch: %d at least, and the next alone", rule.Min)
	case workers == 0:
		return nil, errors.New("fetch: a worker is a consumer, of which there must be a number")
	}
	f := &Fetcher{min: max(rule.Min, 1), max: rule.Max, wait: event.Time(rule.MaxWait), single: rule.Single, idle: workers}
	if f.wait == 0 {
		f.wait = event.Never
	}
	if f.timed() {
		f.made = make([]event.Time, workers)
	}
	return f, nil
}

// timed says that it matters when a fetch was made.
func (f *Fetcher) timed() bool { return f.min > 1 && f.wait < event.Never }

// Add lets a message in; there is always room.
func (f *Fetcher) Add(now event.Time, id int32, _, items int) bool {
	if f.waiting.n == 0 {
		f.renew(now)
	}
	if f.single && f.waiting.n == f.alone && f.alone < f.idle {
		f.alone++
	}
	f.waiting.push(waiter{id, int32(items), now})
	f.items += items
	return true
}

// renew has the fetches made again that were answered with nothing before now.
func (f *Fetcher) renew(now event.Time) {
	for i, made := range f.made {
		if since := now - made; since > f.wait {
			f.made[i] += (since - 1) / f.wait * f.wait
		}
	}
}

// Take returns the messages that a fetch is answered with.
func (f *Fetcher) Take(now event.Time, idle int) []int32 {
	f.idle = idle
	if f.timed() {
		f.count(now, idle)
	}
	if f.waiting.n == 0 || idle <= 0 || f.items < f.min && now < f.end() {
		return nil
	}
	if f.timed() {
		i := f.first()
		f.made[i] = f.made[len(f.made)-1]
		f.made = f.made[:len(f.made)-1]
	}
	f.idle--
	if f.alone > 0 {
		f.alone--
		return f.pop(1)
	}
	return f.pop(f.max)
}

// count makes fetches of the workers that have become idle.
func (f *Fetcher) count(now event.Time, idle int) {
	for len(f.made) < idle {
		f.made = append(f.made, now)
	}
	f.made = f.made[:max(idle, 0)]
}

// first returns the fetch that was made first.
func (f *Fetcher) first() (first int) {
	for i, made := range f.made {
		if made < f.made[first] {
			first = i
		}
	}
	return first
}

// end is when the first fetch is answered however little is there.
func (f *Fetcher) end() event.Time {
	if !f.timed() {
		return event.Never
	}
	return f.made[f.first()] + f.wait
}

// Due is when a fetch is answered with fewer than Min.
func (f *Fetcher) Due() event.Time {
	if f.waiting.n == 0 || f.idle <= 0 {
		return event.Never
	}
	return f.end()
}

// Expired is always empty: nobody has a limit to their patience.
func (f *Fetcher) Expired() []int32 { return nil }

// Drain takes all messages out, the oldest first. Who was fetching does so anew once Take is called.
func (f *Fetcher) Drain() []int32 {
	f.made, f.idle, f.alone = f.made[:0], 0, 0
	return f.pop(0)
}

// Len is the number of messages that wait.
func (f *Fetcher) Len() int { return f.waiting.n }

// pop takes messages of so many items in all at most, but one at least where there is one; 0 is no limit.
func (f *Fetcher) pop(most int) []int32 {
	f.taken = f.taken[:0]
	for i, items := 0, 0; i < f.waiting.n; i++ {
		w := f.waiting.at(i)
		if items += int(w.items); items > most && most > 0 && i > 0 {
			break
		}
		f.taken = append(f.taken, w.id)
		f.items -= int(w.items)
	}
	f.waiting.drop(len(f.taken))
	return f.taken
}
