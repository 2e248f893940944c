package queueing

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"vsim/sim/engine/batcher"
	"vsim/sim/engine/event"
)

const ms = event.Time(time.Millisecond)

// TestPlainAgainstTheRule plays random arrivals and workers, and compares every batch with the rule in words: with
// a worker idle, a batch leaves when it is full or when its oldest request has waited for the delay. It takes
// requests in order of arrival as long as their items fit, and the first in any case.
func TestPlainAgainstTheRule(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 3))
		most, delay := 1+rng.IntN(5), event.Time(rng.IntN(4))*ms
		workers := rng.IntN(4) // 0 is unlimited
		p := NewPlain(batcher.Config{Max: most, Delay: time.Duration(delay), Instances: workers})
		type waiting struct {
			id    int32
			since event.Time
			items int
		}
		var line []waiting
		idle, busy, next := workers, 0, int32(0)
		free := func() bool { return workers == 0 || idle > 0 }
		for now := event.Time(0); now < 200*ms; now += event.Time(rng.IntN(3)) * ms / 2 {
			for range rng.IntN(3) {
				items := 1
				if seed%2 == 1 {
					items += rng.IntN(4) // more than a batch may have, too
				}
				if !p.Add(now, next, rng.IntN(2), items) {
					t.Fatal("there is always room")
				}
				line = append(line, waiting{next, now, items})
				next++
			}
			if busy > 0 && rng.IntN(2) == 0 {
				busy, idle = busy-1, idle+1
			}
			for {
				got := p.Take(now, idle)
				n, all := 0, 0
				for _, q := range line {
					all += q.items
				}
				if len(line) > 0 && free() && (all >= most || now-line[0].since >= delay) {
					for all = line[0].items; ; all += line[n].items {
						if n++; n == len(line) || all+line[n].items > most {
							break
						}
					}
				}
				if len(got) != n {
					t.Fatalf("seed %d at %d: %d of %d requests leave, want %d", seed, now, len(got), len(line), n)
				}
				if got == nil {
					break
				}
				for i, id := range got {
					if id != line[i].id {
						t.Fatalf("seed %d: request %d leaves for %d", seed, id, line[i].id)
					}
				}
				line = line[n:]
				if workers > 0 {
					idle, busy = idle-1, busy+1
				}
			}
			due := event.Never
			if len(line) > 0 && free() {
				due = line[0].since + delay
			}
			if p.Due() != due || p.Len() != len(line) || p.Expired() != nil {
				t.Fatalf("seed %d: due at %d with %d waiting, want %d and %d", seed, p.Due(), p.Len(), due, len(line))
			}
			if rng.IntN(50) == 0 {
				for i, id := range p.Drain() {
					if id != line[i].id {
						t.Fatalf("seed %d: %d is drained for %d", seed, id, line[i].id)
					}
				}
				if line = nil; p.Len() != 0 || p.Due() != event.Never {
					t.Fatalf("seed %d: %d are left, due at %d", seed, p.Len(), p.Due())
				}
			}
		}
	}
}

// TestPlainAtTheDeadline: at the very nanosecond of its deadline a batch leaves, with all that have come by then;
// one before it does not.
func TestPlainAtTheDeadline(t *testing.T) {
	p := NewPlain(batcher.Config{Max: 4, Delay: time.Duration(2 * ms), Instances: 1})
	p.Add(ms, 1, 0, 1)
	if got := p.Take(3*ms-1, 1); got != nil || p.Due() != 3*ms {
		t.Errorf("%v leaves early, due at %d", got, p.Due())
	}
	p.Add(3*ms, 2, 0, 1)
	if got := p.Take(3*ms, 1); !slices.Equal(got, []int32{1, 2}) {
		t.Errorf("%v leaves", got)
	}
}

// TestNewPicks: the plain rule has the plain discipline, all finer ones Triton's batcher, and contradictions none.
func TestNewPicks(t *testing.T) {
	for name, c := range map[string]struct {
		rule  batcher.Config
		plain bool
	}{
		"nothing":    {batcher.Config{}, true},
		"a delay":    {batcher.Config{Max: 8, Delay: time.Millisecond, Instances: 2}, true},
		"preferred":  {batcher.Config{Max: 8, Preferred: []int{4}}, false},
		"prefetch":   {batcher.Config{Max: 8, Prefetch: true}, false},
		"a limit":    {batcher.Config{Max: 8, Queues: []batcher.Queue{{Limit: 1}}}, false},
		"two levels": {batcher.Config{Max: 8, Queues: make([]batcher.Queue, 2)}, false},
	} {
		d, err := New(c.rule)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, plain := d.(*Plain); plain != c.plain {
			t.Errorf("%s: %T", name, d)
		}
	}
	if d, err := New(batcher.Config{Max: 2, Preferred: []int{3}}); err == nil {
		t.Errorf("a preferred size beyond the largest: %T", d)
	}
	if d, err := New(batcher.Config{Max: -1}); err == nil {
		t.Errorf("batches of -1: %T", d)
	}
}

// TestPlainAllocatesNothing once it has its size.
func TestPlainAllocatesNothing(t *testing.T) {
	p := NewPlain(batcher.Config{Max: 4, Instances: 1})
	now := event.Time(0)
	round := func() {
		for range 10 {
			p.Add(now, 1, 0, 1)
		}
		for p.Take(now, 1) != nil {
			now++
		}
	}
	round()
	if n := testing.AllocsPerRun(100, round); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
