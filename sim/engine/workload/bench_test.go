package workload

import (
	"testing"
	"time"

	"vsim/sim/engine/event"
)

var sink event.Time

// An iteration is an arrival.
func BenchmarkNext(b *testing.B) {
	for what, rate := range rates() {
		b.Run(what, func(b *testing.B) { benchmark(b, traffic(b, exponential(), rate)) })
	}
	b.Run("trace", func(b *testing.B) {
		times := first(start(traffic(b, exponential(), Constant(10_000)), 1, 0), 100_000)
		a, err := Replay(Trace{Times: times, Period: 20 * time.Second})
		if err != nil {
			b.Fatal(err)
		}
		benchmark(b, a)
	})
}

func benchmark(b *testing.B, a Arrivals) {
	p := start(a, 1, 0)
	for b.Loop() {
		sink, _, _ = p.Next()
	}
}
