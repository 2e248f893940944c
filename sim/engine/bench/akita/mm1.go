package main

import "github.com/sarchlab/akita/v5/timing"

type mm1 struct {
	*world
	source, server pending
	waiting        []int64 // arrival times from head on
	head           int
}

func startMM1(w *world) {
	m := &mm1{world: w, source: newPending("mm1", 0), server: newPending("mm1", 1)}
	w.engine.RegisterHandler("mm1", m)
	m.schedule(&m.source, m.exponential(1e6))
}

func (m *mm1) Handle(event timing.Event) error {
	e := event.(*pending)
	if !m.begin(e) {
		return nil
	}
	if e.server == 0 {
		m.schedule(e, m.now+m.exponential(1e6))
		m.waiting = append(m.waiting, m.now)
		if len(m.waiting)-m.head == 1 {
			m.serve()
		}
		return nil
	}
	m.record(m.now - m.waiting[m.head])
	if m.head++; m.head == len(m.waiting) {
		m.waiting, m.head = m.waiting[:0], 0
	} else {
		m.serve()
	}
	return nil
}

func (m *mm1) serve() { m.schedule(&m.server, m.now+m.exponential(0.8e6)) }
