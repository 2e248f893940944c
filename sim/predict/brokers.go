package predict

import (
	"slices"

	"vsim/sim/engine"
)

// brokers are the ways over brokers, in the order in which messages come to them.
func (s *study) brokers() (out []Broker) {
	all := groups(s.sys, s.top)
	var names []string
	for _, g := range all {
		for _, name := range g.brokers() {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	for _, name := range names {
		out = append(out, Broker{
			Name:  name,
			TimeS: s.mean(func(w *engine.Window) float64 { return overBroker(all, w, name, (*group).perMessage) * 1e-9 }),
			Share: s.mean(func(w *engine.Window) float64 { return overBroker(all, w, name, (*group).share) }),
		})
	}
	return out
}

// brokers are those that have a part in a stage.
func (g *group) brokers() (names []string) {
	if g.Broker != "" {
		names = append(names, g.Broker)
	}
	for i := range g.Steps {
		if name := g.Steps[i].Broker; name != "" {
			names = append(names, name)
		}
	}
	return names
}

// perMessage is ns in all, for each visit.
func (g *group) perMessage(w *engine.Window, ns int64) float64 { return over(ns, g.queue(w).Requests) }

// overBroker sums up what a function makes of the times of all that is a broker's.
func overBroker(all []*group, w *engine.Window, name string, of func(*group, *engine.Window, int64) float64) (sum float64) {
	for _, g := range all {
		if g.Broker == name {
			sum += of(g, w, g.queue(w).WaitNs)
		}
		for i := range g.Steps {
			if g.Steps[i].Broker == name {
				sum += of(g, w, g.step(w, &g.Steps[i]).RequestNs)
			}
		}
	}
	return sum
}
