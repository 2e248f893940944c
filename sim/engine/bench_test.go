package engine

import (
	"fmt"
	"testing"
	"time"

	"vsim/sim/engine/queueing"
	"vsim/sim/engine/random"
)

// Whole systems, in events a second. One iteration is one event.

func benchmark(b *testing.B, sys *System) {
	r := newRun(b, sys, 0)
	r.goOn(200_000)
	began := r.Completed()
	b.ReportAllocs()
	b.ResetTimer()
	r.goOn(int64(b.N))
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "Mevents/s")
	b.ReportMetric(float64(r.Completed()-began)/b.Elapsed().Seconds()/1e6, "Mrequests/s")
}

func BenchmarkMM1(b *testing.B) {
	benchmark(b, queue(1, poisson(800), exponential(time.Millisecond)))
}

// BenchmarkNetwork is model (b) of sim/engine/bench: 512 customers, 16 CPUs, a batcher, 8 GPUs.
func BenchmarkNetwork(b *testing.B) {
	benchmark(b, tandem(Source{Clients: 512}, []Resource{unshared()},
		Pool{Name: "cpu", Workers: 16, Steps: []Step{on(0, 0, one(exponential(1600*time.Microsecond)))}},
		Pool{Name: "gpu", Workers: 8, Batch: Batch{Max: 32, Delay: time.Millisecond},
			Steps: []Step{on(0, 0, byBatch(32, 2*time.Millisecond, 50*time.Microsecond, 0))}}))
}

// byBatch is a service of base + b item for a batch of b.
func byBatch(limit int, base, item time.Duration, cv float64) Service {
	row := make([]*random.Sampler, limit)
	for b := range row {
		row[b] = lognormal(base+time.Duration(b+1)*item, cv)
	}
	return Service{At: [][]*random.Sampler{row}}
}

// crowded is a CPU whose kinds slow each other and themselves down, as measured curves do.
func crowded(n float64, kinds ...string) Resource {
	r := Resource{Name: "cpu", Capacity: n}
	for i, name := range kinds {
		r.Kinds = append(r.Kinds, Kind{Name: name, Width: 1})
		row := make([]Curve, len(kinds))
		for j := range row {
			slope := 0.002 * float64(1+(i+2*j)%3)
			row[j] = Curve{{1, slope}, {1 + n/4, 10 * slope}, {1 + n, 20 * slope}}
		}
		r.Excess = append(r.Excess, row)
	}
	return r
}

// perImage is a service by three classes of images.
func perImage(mean time.Duration) Service {
	v := Service{PerItem: true}
	for _, factor := range []time.Duration{1, 4, 20} {
		v.At = append(v.At, []*random.Sampler{lognormal(mean*factor/4, 0.2)})
	}
	return v
}

// each is a service that every request of a batch takes by itself.
func each(s *random.Sampler) Service { return Service{PerItem: true, At: [][]*random.Sampler{{s}}} }

func images() []Class {
	return []Class{{Name: "small", Weight: 0.3}, {Name: "medium", Weight: 0.6}, {Name: "large", Weight: 0.1}}
}

// server8GPU is the shape of hardware/8gpu.toml. The CPU or the GPUs decode and resize.
func server8GPU(cpuPreprocessing bool) *System {
	const gpus = 8
	sys := &System{Seed: 1, Classes: images(), Source: Source{Clients: 512}}
	sys.Resources = []Resource{crowded(64, "handoff", "decode", "resize", "copy", "post")}
	host := []Step{on(0, 0, one(lognormal(20*time.Microsecond, 0.3)))}
	pool := Pool{Name: "receive", Steps: host}
	if cpuPreprocessing {
		pool.Workers = 64
		pool.Steps = append(host, on(0, 1, perImage(1600*time.Microsecond)), on(0, 2, perImage(700*time.Microsecond)))
	}
	sys.Pools = []Pool{pool}
	sys.Route = []Node{{Pools: []int{0}}, {Balance: LeastOutstanding}}
	for g := range gpus {
		link := len(sys.Resources)
		gpu := link + 2
		sys.Resources = append(sys.Resources,
			Resource{Name: fmt.Sprint("h2d", g), Capacity: 1, Kinds: []Kind{{Name: "copy"}}},
			Resource{Name: fmt.Sprint("d2h", g), Capacity: 1, Kinds: []Kind{{Name: "copy"}}},
			Resource{Name: fmt.Sprint("gpu", g), Capacity: 1, Kinds: []Kind{{Name: "decode"}, {Name: "resize"}, {Name: "infer"}}})
		steps := []Step{on(link, 0, byBatch(64, 6*time.Microsecond, 24*time.Microsecond, 0))}
		if !cpuPreprocessing {
			steps = append(steps, on(gpu, 0, perImage(200*time.Microsecond)), on(gpu, 1, perImage(50*time.Microsecond)))
		}
		steps = append(steps, on(gpu, 2, byBatch(64, time.Millisecond, 400*time.Microsecond, 0.02)),
			on(link+1, 0, byBatch(64, 6*time.Microsecond, 200*time.Nanosecond, 0)))
		sys.Route[1].Pools = append(sys.Route[1].Pools, len(sys.Pools))
		sys.Pools = append(sys.Pools, Pool{Name: "inference", Workers: 2, Batch: Batch{Max: 64, Delay: time.Millisecond}, Steps: steps})
	}
	return sys
}

// serverCPU is a server without GPUs: everything on the same cores.
func serverCPU(n int) *System {
	cpu := crowded(float64(n), "decode", "resize", "copy", "infer", "post")
	cpu.Kinds[3].Width = 2
	return &System{
		Seed: 1, Classes: images(), Source: Source{Clients: 16 * n}, Resources: []Resource{cpu},
		Pools: []Pool{
			{Name: "preprocess", Workers: n, Steps: []Step{on(0, 0, perImage(1600*time.Microsecond)), on(0, 1, perImage(700*time.Microsecond))}},
			{Name: "inference", Workers: max(n/2, 1), Batch: Batch{Max: 8, Delay: time.Millisecond},
				Steps: []Step{on(0, 2, each(lognormal(100*time.Microsecond, 0.2))), on(0, 3, byBatch(8, time.Millisecond, 4*time.Millisecond, 0.03)), on(0, 4, each(constant(20*time.Microsecond)))}},
		},
		Route: []Node{{Pools: []int{0}}, {Pools: []int{1}}},
	}
}

// brokers is a detector whose faces go over Kafka to an identifier that fetches ahead.
func brokers() *System {
	sys := tandem(Source{Clients: 32}, []Resource{cores(8), unshared()},
		Pool{Name: "detector", Workers: 4, Steps: []Step{on(0, 0, one(lognormal(4*time.Millisecond, 0.1)))}},
		Pool{Name: "producer", Workers: 5, Batch: Batch{Send: &queueing.Send{Partitions: 4, Max: 4, Linger: 2 * time.Millisecond}},
			Steps: []Step{on(1, 0, each(lognormal(100*time.Microsecond, 0.2)))}},
		Pool{Name: "client", Workers: 1, Batch: Batch{Fetch: &queueing.Fetch{Min: 3, Max: 64, MaxWait: 5 * time.Millisecond}}, Feeds: 4,
			Steps: []Step{on(1, 0, each(lognormal(50*time.Microsecond, 0.2)))}},
		Pool{Name: "identifier", Workers: 2, Batch: Batch{Max: 16}, Steps: []Step{on(0, 0, each(lognormal(time.Millisecond, 0.1)))}})
	sys.Route = []Node{{Pools: []int{0}}, {Fork: []Branch{{First: 2, Copies: copies(0, 1, 5, 10)}}, Next: End}, {Pools: []int{1}}, {Pools: []int{2}}, {Pools: []int{3}, Next: End}}
	return sys
}

func BenchmarkServer(b *testing.B) {
	for _, c := range []struct {
		name string
		sys  *System
	}{
		{"8gpu-cpu-preprocessing", server8GPU(true)},
		{"8gpu-gpu-preprocessing", server8GPU(false)},
		{"64cores", serverCPU(64)},
		{"2cores", serverCPU(2)},
		{"brokers", brokers()},
	} {
		b.Run(c.name, func(b *testing.B) { benchmark(b, c.sys) })
	}
}
