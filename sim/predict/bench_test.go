package predict

import (
	"context"
	"testing"
)

// BenchmarkReplications lengthens 8 replications of a study to 4 million events in all, on as many cores
// as -cpu says: `go test ./sim/predict -run - -bench Replications -cpu 1,2`.
func BenchmarkReplications(b *testing.B) {
	for b.Loop() {
		sys := queue(1, poisson(800))
		p, err := Run(context.Background(), sys, bare(sys), Options{NoWhatIf: true, P99Goal: 1e-9, ThroughputGoal: 1e-9, MaxEvents: 4_000_000}, nil)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(p.Run.Events)/p.Run.WallS/1e6, "Mevents/s")
	}
}
