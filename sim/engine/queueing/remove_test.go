package queueing

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"vsim/sim/engine/batcher"
	"vsim/sim/engine/event"
)

// Whoever is removed leaves no trace: all others are served once each, in the order in which they came, and nobody is left.
func TestRemovedRequestsLeaveNoTrace(t *testing.T) {
	for name, rule := range map[string]batcher.Config{
		"plain":     {Max: 4, Instances: 1},
		"delay":     {Max: 4, Delay: 3 * time.Millisecond, Instances: 1},
		"preferred": {Max: 6, Preferred: []int{2, 4}, Delay: 3 * time.Millisecond, Instances: 1},
		"prefetch":  {Max: 4, Prefetch: true, Instances: 1},
		"levels":    {Max: 4, Instances: 1, Queues: []batcher.Queue{{Limit: 50}, {Limit: 50}}},
		"deferred":  {Max: 4, Instances: 1, Queues: []batcher.Queue{{Timeout: 2 * time.Millisecond, Defer: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(50) {
				removals(t, rule, seed)
			}
		})
	}
}

func removals(t *testing.T, rule batcher.Config, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 3))
	d, err := New(rule)
	if err != nil {
		t.Fatal(err)
	}
	remover, ok := d.(Remover)
	if !ok {
		t.Fatalf("out of %T nobody can be taken", d)
	}
	seen := make([]int, 200)
	gone := 0
	now := event.Time(0)
	serve := func(idle int) {
		for ids := d.Take(now, idle); ids != nil; ids = d.Take(now, idle) {
			for _, id := range ids {
				seen[id]++
			}
			idle--
		}
	}
	for id := range int32(200) {
		d.Add(now, id, rng.IntN(max(len(rule.Queues), 1)), 1+rng.IntN(2))
		if victim := max(0, id-rng.Int32N(4)); rng.IntN(3) == 0 && remover.Remove(victim) {
			seen[victim]++
			gone++
		}
		now += event.Time(rng.Int64N(int64(2 * time.Millisecond)))
		serve(rng.IntN(2))
	}
	for range 1000 {
		if d.Len() == 0 {
			break
		}
		now = max(now, min(d.Due(), now+event.Time(time.Second)))
		serve(1)
	}
	if d.Len() != 0 || gone < 10 || slices.ContainsFunc(seen, func(n int) bool { return n != 1 }) {
		t.Fatalf("seed %d: %d are left, %d were removed; answers %v", seed, d.Len(), gone, seen)
	}
}
