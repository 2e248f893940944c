package sim_test

import (
	"math"
	"testing"
	"time"

	"vsim/sim"
	"vsim/sim/event"
	"vsim/sim/random"
)

// queue is one station: a pool with the given workers on a resource of its own, Poisson arrivals.
func queue(workers int, rate float64, service *random.Sampler) *sim.System {
	gap, _ := random.Exponential(1e9 / rate)
	return &sim.System{
		Seed:      1,
		Classes:   []sim.Class{{Name: "one", Weight: 1}},
		Resources: []sim.Resource{{Name: "server", Type: sim.Delay, Kinds: []sim.Kind{{Name: "work"}}}},
		Pools: []sim.Pool{{Name: "queue", Workers: workers, Steps: []sim.Step{{
			Name: "work", Resource: []int{0}, Service: sim.Service{At: [][]*random.Sampler{{service}}},
		}}}},
		Route:  []sim.Node{{Pools: []int{0}}},
		Source: sim.Source{Gap: gap},
	}
}

func TestMM1(t *testing.T) {
	service, _ := random.Exponential(1e6)
	var values []float64
	for rep := range 10 {
		r, err := sim.New(queue(1, 800, service), rep)
		if err != nil {
			t.Fatal(err)
		}
		r.Until(event.Time(1000*time.Second), math.MaxInt64, math.MaxInt)
		w := r.Since(2)
		values = append(values, w.Latency.Mean())
		if r.LittleGap() != 0 {
			t.Error("Little", r.LittleGap())
		}
	}
	t.Log(values)
}
func BenchmarkMM1(b *testing.B) {
	service, _ := random.Exponential(1e6)
		r, err := sim.New(queue(1, 800, service), 0)
		if err != nil {
			b.Fatal(err)
		}
		b.ResetTimer()
	r.Until(event.Never-1, int64(b.N), math.MaxInt)
}
