package bench

import (
	"math/rand/v2"
	"slices"
	"testing"

	"vsim/sim/engine/random"
	"vsim/sim/engine/stats"
)

func newNetwork(t testing.TB, seed uint64, net Network) *ClosedNetwork {
	t.Helper()
	m, err := NewClosedNetwork(seed, net)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// twin is a dumb ClosedNetwork: one list of pending events kept sorted, no
// slots, no ring buffers, no histogram; deadlines are looked for afresh after
// every event. It shares only the random numbers.
type twin struct {
	net                Network
	stream             random.Stream
	service            *random.Sampler
	now                int64
	pending            []pendingEvent
	idleCPUs, idleGPUs []int // the one that was busy last at the end
	cpuLine            []twinCustomer
	gpuLine            []twinCustomer
	latencies          []int64
}

type twinCustomer struct{ joined, batched int64 }

type pendingEvent struct {
	at    int64
	order int // CPUs, then GPUs, then the deadline
	who   []twinCustomer
}

func newTwin(t *testing.T, seed uint64, net Network) *twin {
	t.Helper()
	service, err := random.Exponential(net.CPUMeanNs)
	if err != nil {
		t.Fatal(err)
	}
	w := &twin{net: net, stream: random.NewStream(seed, "cpu", 0), service: service}
	for i := net.CPUs - 1; i >= 0; i-- {
		w.idleCPUs = append(w.idleCPUs, i)
	}
	for i := net.GPUs - 1; i >= 0; i-- {
		w.idleGPUs = append(w.idleGPUs, net.CPUs+i)
	}
	w.cpuLine = make([]twinCustomer, net.Customers)
	w.settle()
	return w
}

func (w *twin) schedule(e pendingEvent) {
	w.pending = append(w.pending, e)
	slices.SortFunc(w.pending, func(a, b pendingEvent) int {
		if a.at != b.at {
			return int(min(max(a.at-b.at, -1), 1))
		}
		return a.order - b.order
	})
}

// step handles the first event and returns when it was.
func (w *twin) step() int64 {
	e := w.pending[0]
	w.pending = w.pending[1:]
	w.now = e.at
	switch {
	case e.order < w.net.CPUs:
		w.idleCPUs = append(w.idleCPUs, e.order)
		w.settleCPUs()
		c := e.who[0]
		c.batched = w.now
		w.gpuLine = append(w.gpuLine, c)
	case e.order < w.net.CPUs+w.net.GPUs:
		for _, c := range e.who {
			w.latencies = append(w.latencies, w.now-c.joined)
			w.cpuLine = append(w.cpuLine, twinCustomer{joined: w.now})
		}
		w.idleGPUs = append(w.idleGPUs, e.order)
	}
	w.settle()
	return w.now
}

func (w *twin) settleCPUs() {
	for len(w.idleCPUs) > 0 && len(w.cpuLine) > 0 {
		last := len(w.idleCPUs) - 1
		w.schedule(pendingEvent{w.now + w.service.Draw(&w.stream), w.idleCPUs[last], w.cpuLine[:1:1]})
		w.idleCPUs, w.cpuLine = w.idleCPUs[:last], w.cpuLine[1:]
	}
}

// settle starts whatever can start and renews the deadline.
func (w *twin) settle() {
	w.settleCPUs()
	deadline := w.net.CPUs + w.net.GPUs
	w.pending = slices.DeleteFunc(w.pending, func(e pendingEvent) bool { return e.order == deadline })
	for len(w.idleGPUs) > 0 && len(w.gpuLine) > 0 {
		due := w.gpuLine[0].batched + w.net.DelayNs
		n := min(len(w.gpuLine), w.net.MaxBatch)
		if n < w.net.MaxBatch && due > w.now {
			w.schedule(pendingEvent{due, deadline, nil})
			return
		}
		last := len(w.idleGPUs) - 1
		w.schedule(pendingEvent{w.now + w.net.GPUNs + int64(n)*w.net.GPUPerItemNs, w.idleGPUs[last], w.gpuLine[:n:n]})
		w.idleGPUs, w.gpuLine = w.idleGPUs[:last], w.gpuLine[n:]
	}
}

// follow runs a model and its twin event by event.
func follow(t *testing.T, seed uint64, net Network, events int) {
	t.Helper()
	m, w := newNetwork(t, seed, net), newTwin(t, seed, net)
	for i := range events {
		m.Run(1)
		if at := w.step(); int64(m.End) != at || m.Latency.Count() != int64(len(w.latencies)) {
			t.Fatalf("seed %d, %+v, event %d: at %d with %d rounds done, the twin at %d with %d",
				seed, net, i, m.End, m.Latency.Count(), at, len(w.latencies))
		}
	}
	var want stats.Histogram
	for _, l := range w.latencies {
		want.Record(l)
	}
	if m.Latency.Sum() != want.Sum() || m.Latency.Max() != want.Max() || m.Latency.Min() != want.Min() {
		t.Fatalf("seed %d, %+v: latencies sum to %d, the twin's to %d", seed, net, m.Latency.Sum(), want.Sum())
	}
	conserve(t, m)
}

// conserve checks that every customer is in a round at all times: finished
// rounds and begun ones add up to customers x time, exactly.
func conserve(t *testing.T, m *ClosedNetwork) {
	t.Helper()
	total := m.Latency.Sum()
	for _, joined := range m.joined {
		total += int64(m.End) - joined
	}
	if want := int64(m.net.Customers) * int64(m.End); total != want {
		t.Fatalf("rounds take %d ns in all, want %d", total, want)
	}
}

func TestReferenceNetworkAgainstTwin(t *testing.T) { follow(t, 1, Reference(), 20_000) }

// A swarm of networks, each drawn by its seed, with times so coarse that ties
// abound.
func TestRandomNetworksAgainstTwin(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 9))
		follow(t, seed, Network{
			Customers: 1 + rng.IntN(40), CPUs: 1 + rng.IntN(6), GPUs: 1 + rng.IntN(5),
			CPUMeanNs: []float64{1, 3, 50, 1e6}[rng.IntN(4)], MaxBatch: 1 + rng.IntN(10),
			DelayNs: rng.Int64N(30), GPUNs: 1 + rng.Int64N(20), GPUPerItemNs: rng.Int64N(4),
		}, 500)
	}
}

// The CPUs limit: once all are always busy, throughput is what 16 servers of
// 1.6 ms give, 10,000 a second.
func TestNetworkThroughput(t *testing.T) {
	var rates []float64
	for seed := range uint64(20) {
		m := newNetwork(t, seed, Reference())
		m.Run(100_000)
		from, done := m.End, m.Latency.Count()
		m.Run(100_000)
		rates = append(rates, float64(m.Latency.Count()-done)/float64(m.End-from)*1e9)
	}
	within3SE(t, "throughput", rates, 10_000)
}

func TestBadNetworkIsAnError(t *testing.T) {
	for _, spoil := range []func(*Network){
		func(n *Network) { n.Customers = 0 }, func(n *Network) { n.CPUs = -1 }, func(n *Network) { n.GPUs = 0 },
		func(n *Network) { n.MaxBatch = 0 }, func(n *Network) { n.CPUMeanNs = -1 }, func(n *Network) { n.DelayNs = -1 },
	} {
		net := Reference()
		spoil(&net)
		if _, err := NewClosedNetwork(1, net); err == nil {
			t.Errorf("%+v went through", net)
		}
	}
}

func TestWarmNetworkAllocatesNothing(t *testing.T) {
	m := newNetwork(t, 1, Reference())
	m.Run(100_000)
	if n := testing.AllocsPerRun(1000, func() { m.Run(100) }); n != 0 {
		t.Errorf("%g allocations in 100 events, want 0", n)
	}
}

func TestRingGrows(t *testing.T) {
	var r ring
	next, oldest := 0, 0
	rng := rand.New(rand.NewPCG(1, 3))
	for range 10_000 {
		if r.len() == 0 || rng.IntN(100) < 51 {
			r.reserve(r.len() + 1)
			r.push(next)
			next++
		} else if got := r.pop(); got != oldest {
			t.Fatalf("popped %d, want %d", got, oldest)
		} else {
			oldest++
		}
		if r.len() != next-oldest {
			t.Fatalf("length %d, want %d", r.len(), next-oldest)
		}
	}
}
