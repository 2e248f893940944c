// Package bench holds two small models that simulators are compared by, each
// as readable as it is fast: a winner tree, samplers, a histogram, and one
// switch. The same models in ns-3, akita and SimPy lie in the subfolders.
package bench

import (
	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
	"vsim/sim/engine/stats"
)

// Result is what a model reports.
type Result struct {
	Events  int64 // handled: arrivals, completions, deadlines
	End     event.Time
	Latency stats.Histogram // of every customer that left, in ns
}

// The components of the M/M/1 model, in the order of ties: a server that
// finishes as a customer comes is free for it.
const (
	mm1Server = iota
	mm1Source
	mm1Slots
)

// MM1 is a queue with one source and one server, first come first served.
type MM1 struct {
	Result
	tree     *event.Tree
	arrivals random.Stream
	services random.Stream
	between  *random.Sampler
	service  *random.Sampler
	waiting  ring // arrival times, the one in service first
}

// NewMM1 returns an M/M/1 queue, empty at time 0, with the given mean times
// between arrivals and of service.
func NewMM1(seed uint64, betweenNs, serviceNs float64) (*MM1, error) {
	between, err := random.Exponential(betweenNs)
	if err != nil {
		return nil, err
	}
	service, err := random.Exponential(serviceNs)
	if err != nil {
		return nil, err
	}
	m := &MM1{
		tree:     event.NewTree(mm1Slots),
		arrivals: random.NewStream(seed, "arrivals", 0),
		services: random.NewStream(seed, "services", 0),
		between:  between,
		service:  service,
	}
	m.tree.Set(mm1Source, event.Time(between.Draw(&m.arrivals)))
	return m, nil
}

// Run handles that many more events: two a customer.
func (m *MM1) Run(events int64) {
	for range events {
		slot, now := m.tree.Min()
		switch slot {
		case mm1Source:
			m.tree.Set(mm1Source, now+event.Time(m.between.Draw(&m.arrivals)))
			m.waiting.reserve(m.waiting.len() + 1)
			m.waiting.push(int(now))
			if m.waiting.len() == 1 {
				m.serve(now)
			}
		case mm1Server:
			m.Latency.Record(int64(now) - int64(m.waiting.pop()))
			if m.waiting.len() > 0 {
				m.serve(now)
			} else {
				m.tree.Set(mm1Server, event.Never)
			}
		}
		m.End = now
	}
	m.Events += events
}

func (m *MM1) serve(now event.Time) {
	m.tree.Set(mm1Server, now+event.Time(m.service.Draw(&m.services)))
}
