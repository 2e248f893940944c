package queueing

import (
	"fmt"
	"slices"

	"vsim/sim/engine/event"
)

// Sender is the discipline of a Send. It follows franz-go 1.22 (pkg/kgo/sink.go), stories of which lie in testdata.
//
// Messages are put into batches as they come: into the last of their partition, or into a new one if they do not fit. A
// clock runs for every partition that has one batch; when it has run for Linger, or as soon as there is a second batch (the first is
// full, which shows only then), the drain begins. It waits for an idle worker, has the first batch of every partition leave
// as one request, whether or not that was due, and sets all clocks back to 0. What remains decides whether it goes on. Whatever would
// begin the drain while it is at work has it look once more afterwards: messages that came while all workers were busy may
// so leave before their Linger is over.
type Sender struct {
	max       int
	linger    event.Time
	unlimited bool // workers
	idle      bool // one was, when Take was called last
	parts     []partition
	turn      int // the partition of the next message
	draining  bool
	again     bool // the drain is to look once more
	came      int64
	n         int
	taken     []int32
	drained   []message
}

// partition are the messages of one partition that wait.
type partition struct {
	ring[message]
	batches int        // into which they are cut
	last    int        // items of the last batch
	due     event.Time // when the linger is over; event.Never where the clock does not run
}

type message struct {
	id, items int32
	number    int64 // by order of arrival
}

// NewSender returns an empty queue before so many workers, 0 being unlimited. It errs on negative numbers.
func NewSender(rule Send, workers int) (*Sender, error) {
	if rule.Partitions < 0 || rule.Max < 0 || rule.Linger < 0 {
		return nil, fmt.Errorf("send: %d partitions, batches of %d, linger %v: none may be negative", rule.Partitions, rule.Max, rule.Linger)
	}
	s := &Sender{max: max(rule.Max, 1), linger: event.Time(rule.Linger), unlimited: workers == 0, parts: make([]partition, max(rule.Partitions, 1))}
	for i := range s.parts {
		s.parts[i].due = event.Never
	}
	return s, nil
}

// Add lets a message in; there is always room.
func (s *Sender) Add(now event.Time, id int32, _, items int) bool {
	s.strike(now)
	p := &s.parts[s.turn]
	if s.turn++; s.turn == len(s.parts) {
		s.turn = 0
	}
	if p.batches == 0 || p.last+items > s.max {
		p.batches++
		p.last = 0
	}
	p.last += items
	p.push(message{id, int32(items), s.came})
	s.came++
	s.n++
	if s.ready(p, now) {
		p.due = event.Never
		s.begin()
	}
	return true
}

// ready says that a partition's first batch must go; else its clock runs, if there is one.
func (s *Sender) ready(p *partition, now event.Time) bool {
	if p.batches > 1 || p.batches == 1 && s.linger == 0 {
		return true
	}
	if p.batches == 1 && p.due == event.Never {
		p.due = now + s.linger
	}
	return false
}

// begin begins the drain, or has it look once more.
func (s *Sender) begin() {
	s.again = s.draining
	s.draining = true
}

// strike begins the drain for every clock that has run out.
func (s *Sender) strike(now event.Time) {
	if s.linger == 0 {
		return
	}
	for i := range s.parts {
		if p := &s.parts[i]; p.due <= now {
			p.due = event.Never
			s.begin()
		}
	}
}

// Take returns the messages of the next request.
func (s *Sender) Take(now event.Time, idle int) []int32 {
	s.idle = idle > 0 || s.unlimited
	s.strike(now)
	s.taken = s.taken[:0]
	for s.draining && s.idle && len(s.taken) == 0 {
		more := false
		for i := range s.parts {
			if p := &s.parts[i]; p.batches > 0 {
				s.pop(p)
				more = s.ready(p, now) || more
			}
		}
		s.draining, s.again = more || s.again, false
	}
	if len(s.taken) == 0 {
		return nil
	}
	return s.taken
}

// pop takes a partition's first batch.
func (s *Sender) pop(p *partition) {
	n, items := 0, 0
	for ; n < p.n; n++ {
		m := p.at(n)
		if items += int(m.items); items > s.max && n > 0 {
			break
		}
		s.taken = append(s.taken, m.id)
	}
	p.drop(n)
	p.batches--
	p.due = event.Never
	s.n -= n
}

// Due is when the first clock has run out, for an idle worker.
func (s *Sender) Due() event.Time {
	due := event.Never
	if s.idle {
		for i := range s.parts {
			due = min(due, s.parts[i].due)
		}
	}
	return due
}

// Expired is always empty: nobody has a limit to their patience.
func (s *Sender) Expired() []int32 { return nil }

// Drain takes all messages out, the oldest first.
func (s *Sender) Drain() []int32 {
	s.drained = s.drained[:0]
	for i := range s.parts {
		p := &s.parts[i]
		for k := range p.n {
			s.drained = append(s.drained, *p.at(k))
		}
		p.drop(p.n)
		p.batches, p.due = 0, event.Never
	}
	slices.SortFunc(s.drained, func(a, b message) int { return int(a.number - b.number) })
	s.taken = s.taken[:0]
	for _, m := range s.drained {
		s.taken = append(s.taken, m.id)
	}
	s.draining, s.again, s.n = false, false, 0
	return s.taken
}

// Len is the number of messages that wait.
func (s *Sender) Len() int { return s.n }
