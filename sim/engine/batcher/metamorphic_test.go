package batcher

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"vsim/sim/engine/event"
)

// simple is the rule of batching without payloads, sizes and policies: a batch leaves when an instance is
// idle and either max requests wait or the oldest has waited for the delay. It is what a sim.Pool does by
// itself.
type simple struct {
	max   int
	delay event.Time
	queue []waiter
	idle  int
}

func (s *simple) Add(now event.Time, id int32, level, items int) bool {
	s.queue = append(s.queue, waiter{id, int32(items), now})
	return true
}

func (s *simple) Take(now event.Time, idle int) (ids []int32) {
	s.idle = idle
	items := 0
	for _, w := range s.queue {
		items += int(w.items)
	}
	if len(s.queue) == 0 || idle == 0 || items < s.max && now < s.queue[0].since+s.delay {
		return nil
	}
	room := s.max
	for len(s.queue) > 0 && (int(s.queue[0].items) <= room || len(ids) == 0) {
		room -= int(s.queue[0].items)
		ids, s.queue = append(ids, s.queue[0].id), s.queue[1:]
	}
	return ids
}

func (s *simple) Due() event.Time {
	if len(s.queue) == 0 || s.idle == 0 {
		return event.Never
	}
	return s.queue[0].since + s.delay
}

func (s *simple) Expired() []int32 { return nil }
func (s *simple) Len() int         { return len(s.queue) }
func (s *simple) Drain() []int32   { panic("not asked for") }

// traffic is some requests and the instances that they find.
type traffic struct {
	config    Config // plain: neither sizes nor policies
	arrivals  []arrival
	serviceNs [2]event.Time // of a batch for itself, and for each request
	end       event.Time
}

// drawTraffic draws traffic with few or many ties, below and beyond what the instances can do.
func drawTraffic(seed uint64) traffic {
	rng := rand.New(rand.NewPCG(seed, 9))
	tr := traffic{config: Config{Max: 1 + rng.IntN(8), Instances: 1 + rng.IntN(3)}}
	if rng.IntN(3) > 0 {
		tr.config.Delay = time.Duration(1+rng.IntN(9)) * time.Millisecond
	}
	gap, grid, at := 1+rng.IntN(6), rng.IntN(2) == 0, event.Time(0)
	for range 60 {
		if grid {
			at += event.Time(rng.IntN(2*gap+1)) * ms
		} else {
			at += event.Time(rng.Int64N(int64(2 * gap * int(ms))))
		}
		tr.arrivals = append(tr.arrivals, arrival{at: at})
	}
	tr.serviceNs = [2]event.Time{event.Time(1+rng.IntN(12)) * ms, event.Time(rng.IntN(3)) * ms}
	tr.end = at + 1000*ms
	return tr
}

// on plays the traffic on a machine.
func (tr traffic) on(m machine) *stage {
	return newStage(m, tr.config.Instances, func(size int) event.Time { return tr.serviceNs[0] + event.Time(size)*tr.serviceNs[1] }, tr.arrivals)
}

func (tr traffic) simple() []occurrence {
	return tr.on(&simple{max: tr.config.Max, delay: event.Time(tr.config.Delay)}).run(tr.end)
}

func same(a, b occurrence) bool {
	return a.at == b.at && a.what == b.what && slices.Equal(a.ids, b.ids)
}

// TestPlainWithoutPrefetch: with neither sizes nor policies, batches are those of the simple rule.
func TestPlainWithoutPrefetch(t *testing.T) {
	for seed := range uint64(2000) {
		tr := drawTraffic(seed)
		if got, want := tr.on(newBatcher(t, tr.config)).run(tr.end), tr.simple(); !slices.EqualFunc(got, want, same) {
			t.Fatalf("seed %d, %+v:\n%v\nby the simple rule:\n%v", seed, tr.config, got, want)
		}
	}
}

// TestPrefetchWithoutDelay: without a delay, making up batches ahead changes nothing, for any number of
// instances: all payloads but the last are full, and the last has all that wait, up to Max.
func TestPrefetchWithoutDelay(t *testing.T) {
	for seed := range uint64(2000) {
		tr := drawTraffic(seed)
		tr.config.Delay, tr.config.Prefetch = 0, true
		if got, want := tr.on(newBatcher(t, tr.config)).run(tr.end), tr.simple(); !slices.EqualFunc(got, want, same) {
			t.Fatalf("seed %d, %+v:\n%v\nby the simple rule:\n%v", seed, tr.config, got, want)
		}
	}
}

// TestPrefetchWithDelay: with a delay, making up batches ahead changes nothing as long as no request comes
// while a payload waits. The first that does may change what follows, since the payload sleeps.
func TestPrefetchWithDelay(t *testing.T) {
	equal, different := 0, 0
	for seed := range uint64(4000) {
		tr := drawTraffic(seed)
		if tr.config.Delay == 0 {
			continue
		}
		tr.config.Prefetch = true
		b := newBatcher(t, tr.config)
		s := tr.on(b)
		var got []occurrence
		behind := event.Never // when the first came behind a payload
		waits := false
		s.tell = func(o occurrence) {
			switch {
			case o.what == starts:
				got = append(got, o)
			case o.what == arrives && waits:
				behind = min(behind, o.at)
			}
		}
		for s.step(tr.end) {
			waits = b.payloads.len() > 0
		}
		want := tr.simple()
		i := 0
		for i < len(got) && i < len(want) && same(got[i], want[i]) {
			i++
		}
		if i == len(got) && i == len(want) {
			equal++
			continue
		}
		different++
		if first := min(got[i].at, want[i].at); first < behind {
			t.Fatalf("seed %d, %+v: the batches at %d differ, and nothing came behind a payload until %d:\n%v\nby the simple rule:\n%v", seed, tr.config, first, behind, got, want)
		}
	}
	if equal < 100 || different < 100 {
		t.Errorf("%d histories with the same batches, %d with others: too few to tell", equal, different)
	}
}

// TestScaledTimes: all times threefold give the same batches at three times the time. (The batcher's
// sleep of half a second is not scaled; the histories end before it matters.)
func TestScaledTimes(t *testing.T) {
	const k = 3
	for seed := range uint64(1000) {
		tr := drawTraffic(seed)
		tr.config.Prefetch, tr.end = seed%2 == 0, 160*ms
		if !tr.config.Prefetch {
			tr.config.Queues = []Queue{{Timeout: time.Duration(1+seed%9) * time.Millisecond, Defer: seed%4 == 1}}
		}
		slow := tr
		slow.config.Delay *= k
		slow.config.Queues = slices.Clone(tr.config.Queues)
		for i := range slow.config.Queues {
			// A timeout is over one nanosecond after it.
			slow.config.Queues[i].Timeout = slow.config.Queues[i].Timeout*k + k - 1
		}
		slow.arrivals = nil
		for _, a := range tr.arrivals {
			slow.arrivals = append(slow.arrivals, arrival{at: a.at * k})
		}
		slow.serviceNs[0], slow.serviceNs[1], slow.end = k*tr.serviceNs[0], k*tr.serviceNs[1], k*tr.end
		got, want := slow.on(newBatcher(t, slow.config)).run(slow.end), tr.on(newBatcher(t, tr.config)).run(tr.end)
		for i := range want {
			want[i].at *= k
		}
		if !slices.EqualFunc(got, want, same) {
			t.Fatalf("seed %d, %+v:\n%v\nthreefold:\n%v", seed, tr.config, got, want)
		}
	}
}

// TestIdlePolicies: policies that never apply leave no trace, and neither do levels that nobody is in or
// sizes that are the default.
func TestIdlePolicies(t *testing.T) {
	for seed := range uint64(1000) {
		tr := drawTraffic(seed)
		want := fmt.Sprint(tr.on(newBatcher(t, tr.config)).run(tr.end))
		for name, change := range map[string]func(c *Config){
			"limit":     func(c *Config) { c.Queues = []Queue{{Limit: 1000}} },
			"timeout":   func(c *Config) { c.Queues = []Queue{{Timeout: time.Hour}} },
			"levels":    func(c *Config) { c.Queues = []Queue{{}, {Limit: 1}, {Timeout: 1}} },
			"preferred": func(c *Config) { c.Preferred = []int{c.Max} },
			"prefetch":  func(c *Config) { c.Queues, c.Prefetch = []Queue{{Limit: 1000}}, true },
		} {
			c := tr.config
			change(&c)
			if got := fmt.Sprint(tr.on(newBatcher(t, c)).run(tr.end)); got != want {
				t.Fatalf("seed %d, %s: %s\nwithout: %s", seed, name, got, want)
			}
		}
	}
}
