package engine

import (
	"math/rand/v2"
	"testing"
)

// BenchmarkResource is a resource alone: one iteration is a job that ends and another that comes.
func BenchmarkResource(b *testing.B) {
	link := Resource{Capacity: 1, Kinds: []Kind{{Name: "copy"}}}
	for _, c := range []struct {
		name string
		spec Resource
		jobs int
	}{
		{"link", link, 2},
		{"cpu", crowded(64, "handoff", "decode", "resize", "copy", "post"), 64},
		{"oversubscribed", crowded(64, "handoff", "decode", "resize", "copy", "post"), 96},
	} {
		b.Run(c.name, func(b *testing.B) {
			r := newResource(&c.spec, new(lawBook).of(&c.spec), 0, 0)
			random := rand.New(rand.NewPCG(1, 1))
			kinds := make([]int, c.jobs)
			come := func(job int32) {
				kinds[job] = random.IntN(len(c.spec.Kinds))
				r.add(job, kinds[job], 1e6*random.ExpFloat64())
			}
			for job := range kinds {
				come(int32(job))
			}
			r.due = r.settle()
			b.ResetTimer()
			for range b.N {
				r.advance(r.due)
				job := r.first()
				r.remove(kinds[job])
				come(job)
				r.due = r.settle()
			}
		})
	}
}
