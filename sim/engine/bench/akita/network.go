package main

import "github.com/sarchlab/akita/v5/timing"

type ring struct {
	items      [512]int
	head, tail uint
}

func (r *ring) len() int   { return int(r.tail - r.head) }
func (r *ring) push(v int) { r.items[r.tail&511] = v; r.tail++ }
func (r *ring) pop() int   { r.head++; return r.items[(r.head-1)&511] }

type network struct {
	*world
	cpus             [16]pending
	gpus             [8]pending
	deadline         *pending
	joined, batched  [512]int64
	cpuLine, gpuLine ring
	idleCPUs         []int
	idleGPUs         []int
	onCPU            [16]int
	onGPU            [8][]int
}

func startNetwork(w *world) {
	m := &network{world: w}
	w.engine.RegisterHandler("network", m)
	for i := range m.cpus {
		m.cpus[i] = newPending("network", i)
		m.idleCPUs = append(m.idleCPUs, 15-i)
	}
	for i := range m.gpus {
		m.gpus[i] = newPending("network", 16+i)
		m.idleGPUs = append(m.idleGPUs, 7-i)
		m.onGPU[i] = make([]int, 0, 32)
	}
	for customer := range 512 {
		m.join(customer)
	}
}

func (m *network) Handle(event timing.Event) error {
	e := event.(*pending)
	if !m.begin(e) {
		return nil
	}
	switch {
	case e.server < 16:
		m.leaveCPU(e.server)
	case e.server < 24:
		m.leaveGPU(e.server - 16)
	default:
		m.deadline = nil
		m.offer()
	}
	return nil
}

func (m *network) join(customer int) {
	m.joined[customer] = m.now
	last := len(m.idleCPUs) - 1
	if last < 0 {
		m.cpuLine.push(customer)
		return
	}
	cpu := m.idleCPUs[last]
	m.idleCPUs = m.idleCPUs[:last]
	m.startCPU(cpu, customer)
}

func (m *network) startCPU(cpu, customer int) {
	m.onCPU[cpu] = customer
	m.schedule(&m.cpus[cpu], m.now+m.exponential(1.6e6))
}

func (m *network) leaveCPU(cpu int) {
	customer := m.onCPU[cpu]
	if m.cpuLine.len() > 0 {
		m.startCPU(cpu, m.cpuLine.pop())
	} else {
		m.idleCPUs = append(m.idleCPUs, cpu)
	}
	m.batched[customer] = m.now
	m.gpuLine.push(customer)
	m.offer()
}

func (m *network) leaveGPU(gpu int) {
	for _, customer := range m.onGPU[gpu] {
		m.record(m.now - m.joined[customer])
		m.join(customer)
	}
	m.idleGPUs = append(m.idleGPUs, gpu)
	m.offer()
}

func (m *network) offer() {
	due := int64(-1)
	for m.gpuLine.len() > 0 && len(m.idleGPUs) > 0 {
		due = m.batched[m.gpuLine.items[m.gpuLine.head&511]] + 1e6
		if due > m.now && m.gpuLine.len() < 32 {
			break
		}
		m.startBatch()
		due = -1
	}
	if m.deadline != nil {
		if due == int64(m.deadline.Time_/1000) {
			return
		}
		m.deadline.void = true // akita cannot cancel
		m.deadline = nil
	}
	if due >= 0 {
		next := newPending("network", 24)
		m.deadline = m.schedule(&next, due)
	}
}

func (m *network) startBatch() {
	last := len(m.idleGPUs) - 1
	gpu := m.idleGPUs[last]
	m.idleGPUs = m.idleGPUs[:last]
	batch := m.onGPU[gpu][:min(m.gpuLine.len(), 32)]
	for i := range batch {
		batch[i] = m.gpuLine.pop()
	}
	m.onGPU[gpu] = batch
	m.schedule(&m.gpus[gpu], m.now+2e6+5e4*int64(len(batch)))
}
