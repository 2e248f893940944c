package batcher

import (
	"slices"
	"testing"
	"time"

	"vsim/sim/engine/event"
)

const ms = event.Time(time.Millisecond)

// machine is what batches: a Batcher, or something that a test compares it with.
type machine interface {
	Add(now event.Time, id int32, level, items int) bool
	Take(now event.Time, idle int) []int32
	Due() event.Time
	Expired() []int32
	Len() int
	Drain() []int32
}

func newBatcher(t testing.TB, c Config) *Batcher {
	t.Helper()
	b, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// arrival is a request that comes; requests are numbered from 1 as they come.
type arrival struct {
	at    event.Time
	level int
	items int // 0 means 1
}

// occurrence is something that a play tells of.
type occurrence struct {
	at       event.Time
	what     what
	ids      []int32
	instance int
}

type what int

const (
	arrives what = iota
	starts
	ends
	refused // no room in the queue
	expires
)

// stage is a model with its instances behind a machine. Of what happens at one time, batches end first,
// by instance, then comes the machine's timer, and the machine hears of each by itself; of the arrivals
// of one time, which come last, it hears together.
type stage struct {
	machine
	service  func(size int) event.Time // how long an instance works on a batch
	tell     func(occurrence)
	busy     []event.Time // by instance: when it is done, or never
	batches  [][]int32    // by instance: what it works on
	now      event.Time
	arrivals []arrival
	came     int
}

func newStage(m machine, instances int, service func(size int) event.Time, arrivals []arrival) *stage {
	s := &stage{machine: m, service: service, arrivals: arrivals, tell: func(occurrence) {}}
	for range instances {
		s.busy = append(s.busy, event.Never)
		s.batches = append(s.batches, nil)
	}
	return s
}

func (s *stage) idle() (n int) {
	for _, until := range s.busy {
		if until == event.Never {
			n++
		}
	}
	return n
}

// step lets the next thing happen, unless it lies beyond end or there is none.
func (s *stage) step(end event.Time) bool {
	done, next := slices.Min(s.busy), event.Never
	if s.came < len(s.arrivals) {
		next = s.arrivals[s.came].at
	}
	at := min(done, s.Due(), next)
	if at > end || at == event.Never {
		return false
	}
	s.now = max(s.now, at)
	switch {
	case at == done:
		i := slices.Index(s.busy, done)
		s.busy[i] = event.Never
		s.tell(occurrence{s.now, ends, s.batches[i], i})
	case at == s.Due():
	default:
		s.arrive(at)
	}
	s.settle()
	return true
}

// arrive lets in all that come now.
func (s *stage) arrive(at event.Time) {
	var came, no []int32
	for s.came < len(s.arrivals) && s.arrivals[s.came].at <= at {
		s.came++
		id := int32(s.came)
		came = append(came, id)
		if !s.Add(s.now, id, s.arrivals[s.came-1].level, max(s.arrivals[s.came-1].items, 1)) {
			no = append(no, id)
		}
	}
	s.tell(occurrence{s.now, arrives, came, 0})
	if len(no) > 0 {
		s.tell(occurrence{s.now, refused, no, 0})
	}
}

// settle has idle instances take what the machine has for them.
func (s *stage) settle() {
	for batch := s.Take(s.now, s.idle()); batch != nil; batch = s.Take(s.now, s.idle()) {
		i := slices.Index(s.busy, event.Never)
		s.busy[i] = s.now + s.service(len(batch))
		s.batches[i] = slices.Clone(batch)
		s.tell(occurrence{s.now, starts, s.batches[i], i})
	}
	if ids := s.Expired(); len(ids) > 0 {
		s.tell(occurrence{s.now, expires, slices.Clone(ids), 0})
	}
}

// run plays until end and returns what happened, less the arrivals and the ends of batches.
func (s *stage) run(end event.Time) (told []occurrence) {
	s.tell = func(o occurrence) {
		if o.what != arrives && o.what != ends {
			o.instance = 0
			told = append(told, o)
		}
	}
	for s.step(end) {
	}
	return told
}

// fixed is the service that takes the same time for every batch.
func fixed(t event.Time) func(int) event.Time { return func(int) event.Time { return t } }
