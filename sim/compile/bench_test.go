package compile_test

import (
	"testing"

	"vsim/sim/compile"
	"vsim/sim/engine"
	"vsim/sim/engine/event"
	"vsim/sim/scenario"
)

// BenchmarkMachines simulates the embedded machines as they stand, an iteration an event.
func BenchmarkMachines(b *testing.B) {
	for _, c := range []struct {
		name string
		set  []string
		warm int64 // events before
	}{
		{"8gpu", nil, 100_000},
		{"8gpu-cpu-preprocessing", []string{"pipeline.preprocessing=cpu"}, 100_000},
		{"8gpu-overhead", []string{"server.overhead=17us"}, 100_000},
		{"8gpu-poisson", []string{"workload.rate=10000/s"}, 100_000},
		{"256gpu", []string{"gpu.count=256"}, 500_000},
		{"64x8gpu", []string{"servers.count=64"}, 500_000},
		{"512x8gpu", []string{"servers.count=512"}, 2_000_000},
	} {
		b.Run(c.name, func(b *testing.B) {
			s, err := scenario.Load("8gpu", scenario.Options{Set: c.set})
			if err != nil {
				b.Fatal(err)
			}
			profiles, err := compile.LoadProfiles(s)
			if err != nil {
				b.Fatal(err)
			}
			built, err := compile.Build(s, profiles)
			if err != nil {
				b.Fatal(err)
			}
			run, err := engine.New(built.System, 0)
			if err != nil {
				b.Fatal(err)
			}
			run.Until(event.Never-1, c.warm, 1<<30)
			b.ReportAllocs()
			b.ResetTimer()
			before := run.Completed()
			run.Until(event.Never-1, run.Events()+int64(b.N), 1<<30)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "Mevents/s")
			b.ReportMetric(float64(run.Completed()-before)/b.Elapsed().Seconds()/1e6, "Mrequests/s")
		})
	}
}
