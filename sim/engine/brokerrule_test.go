package engine

import (
	"strings"
	"testing"
	"time"

	"vsim/sim/engine/queueing"
)

// eachPool changes all pools of a system.
func eachPool(change func(p *Pool)) func(sys *System) {
	return func(sys *System) {
		for i := range sys.Pools {
			change(&sys.Pools[i])
		}
	}
}

// atTheEnd has a pool's rule be one that hears of every request at the end of the event, as those of brokers do: else things that happen
// in the same nanosecond come in another order.
var atTheEnd = []Queue{{}}

// TestSendAtOnceIsPlain: without linger, one partition's batches are those of the plain rule without delay.
func TestSendAtOnceIsPlain(t *testing.T) {
	sameAs(t, eachPool(func(p *Pool) { p.Batch.Delay, p.Batch.Queues = 0, atTheEnd }), eachPool(func(p *Pool) {
		p.Batch = Batch{Send: &queueing.Send{Max: p.Batch.Max}}
	}))
}

// TestLingerIsDelay: with a worker for everybody and batches that are never full, a linger is a delay.
func TestLingerIsDelay(t *testing.T) {
	const most = 400
	roomy := func(rule func(delay time.Duration) Batch) func(sys *System) {
		return func(sys *System) {
			for i := range sys.Resources {
				sys.Resources[i].Capacity, sys.Resources[i].Slots = 0, 0
			}
			for i := range sys.Pools {
				p := &sys.Pools[i]
				p.Workers = 0
				for k := range p.Steps {
					p.Steps[k].Resource = p.Steps[k].Resource[:1]
					p.Steps[k].widen(most)
				}
				p.Batch = rule(time.Millisecond + p.Batch.Delay)
			}
		}
	}
	sameAs(t, roomy(func(d time.Duration) Batch { return Batch{Max: most, Delay: d, Queues: atTheEnd} }),
		roomy(func(d time.Duration) Batch { return Batch{Send: &queueing.Send{Max: most, Linger: d}} }))
}

// TestFetchAnyIsPlain: a fetch that is answered with whatever is there is the plain rule without delay, however long it waits.
func TestFetchAnyIsPlain(t *testing.T) {
	sameAs(t, eachPool(func(p *Pool) { p.Batch.Delay, p.Batch.Queues = 0, atTheEnd }), eachPool(func(p *Pool) {
		if p.Batch.Delay, p.Batch.Queues = 0, atTheEnd; p.Workers > 0 {
			p.Batch = Batch{Fetch: &queueing.Fetch{Max: max(p.Batch.Max, 1), MaxWait: 3 * time.Millisecond}}
		}
	}))
}

// TestFeedingTheFreeIsNothing: who fetches for a pool where nobody ever waits never stops.
func TestFeedingTheFreeIsNothing(t *testing.T) {
	build := func(feeds int) func(sys *System) {
		return func(sys *System) {
			free := len(sys.Pools)
			sys.Pools = append(sys.Pools, Pool{Steps: []Step{on(0, 0, each(constant(time.Millisecond)))}, Server: 0})
			for i := range sys.Pools[:free] {
				if p := &sys.Pools[i]; p.Workers > 0 {
					p.Batch = Batch{Fetch: &queueing.Fetch{Max: max(p.Batch.Max, 1)}}
					p.Feeds = feeds * (1 + free)
				}
			}
		}
	}
	sameAs(t, build(0), build(1))
}

// TestBrokerRulesAreChecked: contradictions are named.
func TestBrokerRulesAreChecked(t *testing.T) {
	send, fetch := &queueing.Send{Max: 1}, &queueing.Fetch{Max: 1}
	for want, spoil := range map[string]func(sys *System){
		"stands alone":                  func(sys *System) { sys.Pools[0].Batch = Batch{Send: send, Delay: 1} },
		"rule of sending or fetching":   func(sys *System) { sys.Pools[0].Batch = Batch{Fetch: fetch, Max: 1} },
		"sending or fetching stands":    func(sys *System) { sys.Pools[0].Batch = Batch{Send: send, Fetch: fetch} },
		"fetching stands alone":         func(sys *System) { sys.Pools[0].Batch = Batch{Send: send, Queues: []Queue{{}}} },
		"-1 partitions":                 func(sys *System) { sys.Pools[0].Batch.Send = &queueing.Send{Partitions: -1} },
		"linger -1ns":                   func(sys *System) { sys.Pools[0].Batch.Send = &queueing.Send{Linger: -1} },
		"3 at least, 2 at most":         func(sys *System) { sys.Pools[0].Batch.Fetch = &queueing.Fetch{Min: 3, Max: 2} },
		"and the next alone":            func(sys *System) { sys.Pools[0].Batch.Fetch = &queueing.Fetch{Min: 2, Single: true} },
		"for -1ns":                      func(sys *System) { sys.Pools[0].Batch.Fetch = &queueing.Fetch{MaxWait: -1} },
		"a worker is a consumer":        func(sys *System) { sys.Pools[0].Batch.Fetch, sys.Pools[0].Workers = fetch, 0 },
		"of which a fetch has no limit": func(sys *System) { sys.Pools[0].Batch.Fetch = &queueing.Fetch{} },
		"batches up to 1 of 6":          func(sys *System) { sys.Pools[0].Batch.Send = &queueing.Send{Partitions: 2, Max: 3} },
		"no rule of fetching":           func(sys *System) { sys.Pools[0].Feeds = 2 },
		"no pool 2 to feed":             func(sys *System) { sys.Pools[0].Batch.Fetch, sys.Pools[0].Feeds = fetch, 3 },
		"no pool -2 to feed":            func(sys *System) { sys.Pools[0].Batch.Fetch, sys.Pools[0].Feeds = fetch, -1 },
		"feed it": func(sys *System) {
			for i := range sys.Pools {
				sys.Pools[i].Batch.Fetch, sys.Pools[i].Feeds = fetch, 2-i
			}
		},
	} {
		sys := tandem(poisson(500), []Resource{unshared()}, Pool{Workers: 1, Steps: []Step{on(0, 0, one(constant(1)))}}, Pool{Workers: 1, Steps: []Step{on(0, 0, one(constant(1)))}})
		spoil(sys)
		if _, err := New(sys, 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, found %v", want, err)
		}
	}
}
