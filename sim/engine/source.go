package engine

import (
	"slices"
	"sort"
	"time"

	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
	"vsim/sim/engine/workload"
)

// source makes arrivals. A closed loop without think time acts at time 0; clients that think, or that
// back off after a drop, rest in a private heap; an open loop keeps the next arrival.
type source struct {
	slot    int
	clients int
	steady  bool // clients do not think: a new request comes in the moment in which one is done
	started bool
	think   *random.Sampler
	backoff event.Time
	gap     *random.Sampler
	traffic workload.Process // nil unless it comes from Source.Arrivals
	streams workload.Streams // nil unless a stream skips what comes while its last request is inside
	inside  []bool           // by stream: its last request is
	stream  int32            // of the arrival that is let in
	ended   bool             // no more arrivals come
	resting event.Heap
	next    event.Time
	class0  int32         // class of the next arrival; -1 to draw it
	spans   random.Stream // gaps or think times
	classes random.Stream
	shares  []float64 // cumulative weights, the last is 1
	sizes   []Class   // whose requests may have several items
	counts  random.Stream
}

func newSource(sys *System, replication, slot int) source {
	traffic := func(purpose string) random.Stream {
		if sys.TrafficSeed != 0 {
			return random.NewStream(sys.TrafficSeed, purpose, 0)
		}
		return stream(sys, purpose, replication, 0)
	}
	s := source{
		slot: slot, clients: sys.Source.Clients, think: sys.Source.Think, gap: sys.Source.Gap,
		spans:   traffic("arrival"),
		classes: traffic("class"),
		shares:  cumulative(sys.Classes),
		sizes:   sys.Classes,
		counts:  stream(sys, "items", replication, 0),
		backoff: event.Time(sys.Source.Backoff), class0: -1,
	}
	if s.backoff == 0 {
		s.backoff = event.Time(time.Millisecond)
	}
	if a := sys.Source.Arrivals; a != nil {
		s.traffic = a.Start(traffic)
		if streams, ok := s.traffic.(workload.Streams); ok && streams.Skipping() > 0 {
			s.streams, s.inside = streams, make([]bool, streams.Skipping())
		}
	}
	s.steady = s.clients > 0 && s.think == nil
	if s.open() {
		s.prepare(0)
	}
	return s
}

// open says that arrivals come whatever the system does.
func (s *source) open() bool { return s.clients == 0 }

// prepare draws the next arrival of an open loop.
func (s *source) prepare(now event.Time) {
	if s.gap != nil {
		s.next = now + event.Time(s.gap.Draw(&s.spans))
		return
	}
	var ok bool
	if s.next, s.class0, ok = s.traffic.Next(); !ok {
		s.next, s.ended = event.Never, true
	}
}

// due returns the time of the next arrival.
func (s *source) due() event.Time {
	switch {
	case s.open():
		return s.next
	case !s.started:
		return 0
	case s.resting.Len() == 0:
		return event.Never
	}
	at, _ := s.resting.Min()
	return event.Time(at)
}

// take returns how many requests arrive now, and of which class (-1 to draw it), and prepares the next
// arrival.
func (s *source) take(now event.Time) (n int, class int32) {
	switch {
	case s.open():
		class = s.class0
		if s.streams != nil {
			s.stream = s.streams.Stream()
		}
		s.prepare(now)
		return 1, class
	case !s.started:
		s.started = true
		return s.clients, -1
	}
	s.resting.Pop()
	return 1, -1
}

// skips says that the arrival is left out, its stream's last request being inside; else the stream's last
// request is this one.
func (s *source) skips() bool {
	if s.inside == nil {
		return false
	}
	skip := s.inside[s.stream]
	s.inside[s.stream] = true
	return skip
}

// gone notes that a stream's request has left, served or not.
func (s *source) gone(stream int32) {
	s.inside[stream] = false
}

// rest has a client think until its next request.
func (s *source) rest(now event.Time) {
	s.resting.Push(int64(now)+s.think.Draw(&s.spans), 0)
}

// backOff has a client wait whose request was dropped.
func (s *source) backOff(now event.Time) {
	s.resting.Push(int64(now+s.backoff), 0)
}

// class draws the class of a new request.
func (s *source) class() int32 {
	if len(s.shares) == 1 {
		return 0
	}
	return s.draw()
}

// items draws the number of items of a new request.
func (s *source) items(class int32) int32 {
	if c := s.sizes[class].Items; c != nil {
		return int32(c.Draw(&s.counts))
	}
	return 1
}

// sized says that requests may have others than one item.
func sized(sys *System) bool {
	return slices.ContainsFunc(sys.Classes, func(c Class) bool { return c.Items != nil && c.Items.Max() != 1 })
}

// draw is apart, so that the compiler puts class where it is called.
func (s *source) draw() int32 {
	u := s.classes.Float64()
	return int32(sort.Search(len(s.shares)-1, func(i int) bool { return u < s.shares[i] }))
}

func cumulative(classes []Class) []float64 {
	total, sum := 0.0, 0.0
	for _, c := range classes {
		total += c.Weight
	}
	shares := make([]float64, len(classes))
	for i, c := range classes {
		sum += c.Weight
		shares[i] = sum / total
	}
	return shares
}
