package engine

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"vsim/sim/engine/batcher"
	"vsim/sim/engine/event"
	"vsim/sim/engine/queueing"
)

// TestPoolQueueIsPlain plays the same arrivals and workers into the engine's list and into queueing.Plain, which
// the live server runs: the same batches leave at the same times.
func TestPoolQueueIsPlain(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 9))
		spec := Pool{Workers: rng.IntN(4), Batch: Batch{Max: rng.IntN(5), Delay: time.Duration(rng.IntN(3)) * ms}, Steps: []Step{on(0, 0, each(constant(ms)))}}
		r := newRun(t, tandem(byHand(), []Resource{unshared()}, spec), 0)
		p := &r.pools[0]
		plain := queueing.NewPlain(batcher.Config{Max: spec.Batch.Max, Delay: spec.Batch.Delay, Instances: spec.Workers})
		members := func(f fifo) (ids []int32) {
			r.each(f, func(id int32) { ids = append(ids, id) })
			return ids
		}
		var busy []int32
		for range 300 {
			for range rng.IntN(3) {
				id := r.requests.take()
				r.requests.items[id].queued = r.now
				p.queue.append(r, id)
				plain.Add(r.now, id, 0, 1)
			}
			if n := len(busy); n > 0 && rng.IntN(2) == 0 {
				p.releaseWorker(busy[n-1])
				busy = busy[:n-1]
			}
			for {
				batch := empty
				if p.queue.line.len > 0 && p.hasIdle() && p.queue.due(r) <= r.now {
					batch = r.split(&p.queue.line, p.queue.max)
				}
				got, want := members(batch), slices.Clone(plain.Take(r.now, p.idleLen))
				if !slices.Equal(got, want) {
					t.Fatalf("seed %d at %d: %v leave, plain says %v", seed, r.now, got, want)
				}
				if len(got) == 0 {
					break
				}
				if !p.unlimited() {
					busy = append(busy, p.takeWorker())
				}
			}
			due := event.Never
			if p.queue.line.len > 0 && p.hasIdle() {
				due = p.queue.due(r)
			}
			if due != plain.Due() || int(p.queue.len()) != plain.Len() {
				t.Fatalf("seed %d: due at %d and %d wait, plain says %d and %d", seed, due, p.queue.len(), plain.Due(), plain.Len())
			}
			if rng.IntN(40) == 0 {
				if got, want := members(p.queue.drain(r)), plain.Drain(); !slices.Equal(got, want) {
					t.Fatalf("seed %d: %v are drained, plain says %v", seed, got, want)
				}
			}
			r.now += event.Time(rng.IntN(3)) * event.Time(ms) / 2
		}
	}
}
