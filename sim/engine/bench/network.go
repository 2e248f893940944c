package bench

import (
	"fmt"

	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
)

// Network says what a closed network is: customers go round through CPU
// servers, a batcher and GPU servers, without thinking in between. The
// batcher gives a free GPU server a batch as soon as MaxBatch customers wait
// or the oldest of them has waited DelayNs.
type Network struct {
	Customers, CPUs, GPUs int
	CPUMeanNs             float64 // exponential
	MaxBatch              int
	DelayNs               int64
	GPUNs, GPUPerItemNs   int64 // a batch of b takes GPUNs + b GPUPerItemNs
}

// Reference is the network that the engines are compared by.
func Reference() Network {
	return Network{
		Customers: 512, CPUs: 16, GPUs: 8, CPUMeanNs: 1.6e6,
		MaxBatch: 32, DelayNs: 1e6, GPUNs: 2e6, GPUPerItemNs: 5e4,
	}
}

// ClosedNetwork simulates a Network. A customer's latency is the time of one
// round, from joining the CPU line to leaving the GPU. Of idle servers the
// one that was busy last is taken.
//
// Slots, and so the order of ties: CPU completions by server, then GPU
// completions by server, then the batcher's deadline.
type ClosedNetwork struct {
	Result
	net      Network
	tree     *event.Tree
	services random.Stream
	service  *random.Sampler

	joined   []int64 // by customer: when the round began
	batched  []int64 // by customer: when it came to the batcher
	cpuLine  ring    // customers that wait for a CPU
	gpuLine  ring    // customers that wait in the batcher
	idleCPUs []int
	idleGPUs []int
	onCPU    []int   // by CPU: its customer
	onGPU    [][]int // by GPU: its batch
	deadline event.Time
}

// NewClosedNetwork returns a network with all customers in the CPU line.
func NewClosedNetwork(seed uint64, net Network) (*ClosedNetwork, error) {
	if min(net.Customers, net.CPUs, net.GPUs, net.MaxBatch) < 1 || min(net.DelayNs, net.GPUNs, net.GPUPerItemNs) < 0 {
		return nil, fmt.Errorf("bench: %+v: want at least one customer, CPU and GPU, a batch of one, and no negative time", net)
	}
	service, err := random.Exponential(net.CPUMeanNs)
	if err != nil {
		return nil, err
	}
	m := &ClosedNetwork{
		net:      net,
		tree:     event.NewTree(net.CPUs + net.GPUs + 1),
		services: random.NewStream(seed, "cpu", 0),
		service:  service,
		joined:   make([]int64, net.Customers),
		batched:  make([]int64, net.Customers),
		idleCPUs: upTo(net.CPUs),
		idleGPUs: upTo(net.GPUs),
		onCPU:    make([]int, net.CPUs),
		deadline: event.Never,
		onGPU:    make([][]int, net.GPUs),
	}
	m.cpuLine.reserve(net.Customers)
	m.gpuLine.reserve(net.Customers)
	for g := range m.onGPU {
		m.onGPU[g] = make([]int, 0, net.MaxBatch)
	}
	for customer := range net.Customers {
		m.join(customer, 0)
	}
	return m, nil
}

// upTo returns n-1, ..., 0: a stack with 0 on top.
func upTo(n int) []int {
	stack := make([]int, n)
	for i := range stack {
		stack[i] = n - 1 - i
	}
	return stack
}

// Run handles that many more events.
func (m *ClosedNetwork) Run(events int64) {
	firstGPU, batcher := m.net.CPUs, m.net.CPUs+m.net.GPUs
	for range events {
		slot, now := m.tree.Min()
		switch {
		case slot < firstGPU:
			m.leaveCPU(slot, now)
		case slot < batcher:
			m.leaveGPU(slot-firstGPU, now)
		default:
			m.offer(now)
		}
		m.End = now
	}
	m.Events += events
}

// join puts a customer on an idle CPU or in the line.
func (m *ClosedNetwork) join(customer int, now event.Time) {
	m.joined[customer] = int64(now)
	last := len(m.idleCPUs) - 1
	if last < 0 {
		m.cpuLine.push(customer)
		return
	}
	cpu := m.idleCPUs[last]
	m.idleCPUs = m.idleCPUs[:last]
	m.startCPU(cpu, customer, now)
}

func (m *ClosedNetwork) startCPU(cpu, customer int, now event.Time) {
	m.onCPU[cpu] = customer
	m.tree.Set(cpu, now+event.Time(m.service.Draw(&m.services)))
}

// leaveCPU hands the CPU to the next in line and its customer to the batcher.
func (m *ClosedNetwork) leaveCPU(cpu int, now event.Time) {
	customer := m.onCPU[cpu]
	if m.cpuLine.len() > 0 {
		m.startCPU(cpu, m.cpuLine.pop(), now)
	} else {
		m.idleCPUs = append(m.idleCPUs, cpu)
		m.tree.Set(cpu, event.Never)
	}
	m.batched[customer] = int64(now)
	m.gpuLine.push(customer)
	m.offer(now)
}

// leaveGPU ends the round of every customer of the batch.
func (m *ClosedNetwork) leaveGPU(gpu int, now event.Time) {
	for _, customer := range m.onGPU[gpu] {
		m.Latency.Record(int64(now) - m.joined[customer])
		m.join(customer, now)
	}
	m.idleGPUs = append(m.idleGPUs, gpu)
	m.tree.Set(m.net.CPUs+gpu, event.Never)
	m.offer(now)
}

// offer starts the batches that may start and then waits for the deadline of
// the oldest customer in the batcher, if there is one and a GPU is idle.
func (m *ClosedNetwork) offer(now event.Time) {
	due := event.Never
	for m.gpuLine.len() > 0 && len(m.idleGPUs) > 0 {
		due = event.Time(m.batched[m.gpuLine.first()] + m.net.DelayNs)
		if due > now && m.gpuLine.len() < m.net.MaxBatch {
			break
		}
		m.startBatch(now)
		due = event.Never
	}
	if due != m.deadline {
		m.deadline = due
		m.tree.Set(m.net.CPUs+m.net.GPUs, due)
	}
}

func (m *ClosedNetwork) startBatch(now event.Time) {
	last := len(m.idleGPUs) - 1
	gpu := m.idleGPUs[last]
	m.idleGPUs = m.idleGPUs[:last]
	batch := m.onGPU[gpu][:min(m.gpuLine.len(), m.net.MaxBatch)]
	for i := range batch {
		batch[i] = m.gpuLine.pop()
	}
	m.onGPU[gpu] = batch
	service := m.net.GPUNs + int64(len(batch))*m.net.GPUPerItemNs
	m.tree.Set(m.net.CPUs+gpu, now+event.Time(service))
}
