package sim

import (
	"sort"

	"vsim/sim/event"
	"vsim/sim/random"
)

// source makes arrivals. A closed loop without think time acts only at time 0; with think time it
// keeps the resting clients in a private heap; an open loop keeps the next arrival.
type source struct {
	slot    int
	clients int
	started bool
	think   *random.Sampler
	gap     *random.Sampler
	resting event.Heap
	next    event.Time
	spans   random.Stream // gaps or think times
	classes random.Stream
	shares  []float64 // cumulative weights, the last is 1
}

func newSource(sys *System, replication, slot int) source {
	s := source{
		slot: slot, clients: sys.Source.Clients, think: sys.Source.Think, gap: sys.Source.Gap,
		spans:   stream(sys, "arrival", replication, 0),
		classes: stream(sys, "class", replication, 0),
		shares:  cumulative(sys.Classes),
	}
	if s.gap != nil {
		s.next = event.Time(s.gap.Draw(&s.spans))
	}
	return s
}

// due returns the time of the next arrival.
func (s *source) due() event.Time {
	switch {
	case s.gap != nil:
		return s.next
	case !s.started:
		return 0
	case s.resting.Len() == 0:
		return event.Never
	}
	at, _ := s.resting.Min()
	return event.Time(at)
}

// take returns how many requests arrive now and prepares the next arrival.
func (s *source) take(now event.Time) int {
	switch {
	case s.gap != nil:
		s.next = now + event.Time(s.gap.Draw(&s.spans))
	case !s.started:
		s.started = true
		return s.clients
	default:
		s.resting.Pop()
	}
	return 1
}

// rest has a client think until its next request.
func (s *source) rest(now event.Time) {
	s.resting.Push(int64(now)+s.think.Draw(&s.spans), 0)
}

// class draws the class of a new request.
func (s *source) class() int32 {
	if len(s.shares) == 1 {
		return 0
	}
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
