//go:build linux

package rules_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"vsim/sim/engine/batcher"
)

// TestOverload keeps a bounded queue full for half a minute, and tells the times from one batch to the next.
func TestOverload(t *testing.T) {
	st := story{name: "overload", max: 8, text: "max_queue_delay_microseconds: 5000 default_queue_policy { max_queue_size: 16 }", batchMs: 58, works: true,
		config: batcher.Config{Prefetch: true, Delay: 5 * ms, Queues: []batcher.Queue{{Limit: 16}}}}
	rng := rand.New(rand.NewPCG(1, 2))
	for at := 0.0; at < 30e3; at += rng.ExpFloat64() * 1e3 / 190 {
		st.requests = append(st.requests, request{atMs: int(at)})
	}
	c := dial(t, serving(t, []story{st}))
	tell := func(who string, all []outcome) {
		var began []int
		served := 0
		for _, o := range all {
			if o.what != "refused" {
				began = append(began, o.began)
				served++
			}
		}
		slices.Sort(began)
		began = slices.Compact(began)
		gaps := map[int]int{}
		for i := 1; i < len(began); i++ {
			gaps[(began[i]-began[i-1])/20*20]++
		}
		t.Logf("%s: %d of %d served; ms between batches: %v", who, served, len(all), gaps)
	}
	got, _ := real(t, c, &st)
	tell("Triton", got)
	for _, early := range []float64{0, 0.385, 0.5} {
		st.config.Early = early
		tell("simulated", simulated(t, &st))
	}
}
