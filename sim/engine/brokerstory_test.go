package engine

import (
	"time"

	"vsim/sim/engine/queueing"
)

// brokerStories are the rules of brokers' clients.
func brokerStories() map[string]story {
	s := map[string]story{}
	one := func(name string, workers int, batch Batch, step string, takes time.Duration) Pool {
		return Pool{Name: name, Workers: workers, Batch: batch, Steps: []Step{{Name: step, Resource: []int{0}, Service: each(constant(takes))}}}
	}
	flat := func(p Pool) Pool { // however many there are, a request takes as long
		row := p.Steps[0].Service.At[0]
		for len(row) < p.Batch.Largest(1) {
			row = append(row, row[0])
		}
		p.Steps[0].Service = Service{At: append(p.Steps[0].Service.At[:0:0], row)}
		return p
	}
	sends := func(workers int, rule queueing.Send, acked time.Duration) *System {
		return tandem(byHand(), []Resource{unshared()}, flat(one("producer", workers, Batch{Send: &rule}, "send", acked)))
	}
	fetches := func(workers int, rule queueing.Fetch) *System {
		return tandem(byHand(), []Resource{unshared()}, flat(one("consumer", workers, Batch{Fetch: &rule}, "work", 2*ms)))
	}
	s["linger-from-the-first"] = story{
		rule: "A batch leaves when its first message has waited for the linger; who comes next starts another.",
		sys:  sends(5, queueing.Send{Max: 9, Linger: 5 * ms}, 2*ms), arrivals: []time.Duration{1 * ms, 3 * ms, 7 * ms}, end: 20 * ms,
	}
	s["full-shows-with-the-next"] = story{
		rule: "A full batch waits on, as nothing says that it is full; the first message that does not fit has it leave at once, and lingers itself.",
		sys:  sends(5, queueing.Send{Max: 2, Linger: 20 * ms}, 2*ms), arrivals: []time.Duration{1 * ms, 2 * ms, 9 * ms}, end: 40 * ms,
	}
	s["partitions-go-along"] = story{
		rule: "Messages go to the two partitions in turn; when the linger of one is over, the other's go along, however short they have waited.",
		sys:  sends(5, queueing.Send{Partitions: 2, Max: 9, Linger: 5 * ms}, 2*ms), arrivals: []time.Duration{1 * ms, 5 * ms, 8 * ms}, end: 20 * ms,
	}
	s["one-in-flight"] = story{
		rule: "Without linger a message leaves at once; those that come before it is acknowledged leave together, a batch of each partition in a request.",
		sys:  sends(1, queueing.Send{Partitions: 2, Max: 2}, 10*ms), arrivals: []time.Duration{0, 1 * ms, 2 * ms, 3 * ms, 4 * ms, 5 * ms, 6 * ms}, end: 60 * ms,
	}
	s["drain-looks-again"] = story{
		rule: "All in flight are unacknowledged as the linger of 2 is over, and again that of 3, which has joined it: so after 2 and 3 the client looks once more as soon as 1's successor is acknowledged, and takes 4 long before its linger is over.",
		sys:  sends(1, queueing.Send{Max: 9, Linger: 5 * ms}, 20*ms), arrivals: []time.Duration{0, 6 * ms, 12 * ms, 44 * ms}, end: 80 * ms,
	}
	s["fetch-min"] = story{
		rule: "A fetch is answered as soon as there are three.",
		sys:  fetches(1, queueing.Fetch{Min: 3, Max: 4, MaxWait: 50 * ms}), arrivals: []time.Duration{1 * ms, 2 * ms, 6 * ms, 7 * ms}, end: 20 * ms,
	}
	s["fetch-wait"] = story{
		rule: "A fetch is answered 10 ms after it was made, with however few; with none, it is made again at that moment, whenever the next message comes.",
		sys:  fetches(1, queueing.Fetch{Min: 3, Max: 4, MaxWait: 10 * ms}), arrivals: []time.Duration{1 * ms, 2 * ms, 28 * ms, 35 * ms}, end: 60 * ms,
	}
	s["fetch-in-turn"] = story{
		rule: "Of two consumers the one that has waited longest is answered; with a limit of two, the third message is the other's.",
		sys:  fetches(2, queueing.Fetch{Max: 2}), arrivals: []time.Duration{0, 0, 0, 3 * ms}, end: 20 * ms,
	}
	s["fetch-single"] = story{
		rule: "Of messages that come together to consumers of a stream, each that waits gets one; the rest are there for who comes next.",
		sys:  fetches(2, queueing.Fetch{Max: 9, Single: true}), arrivals: []time.Duration{0}, end: 20 * ms,
	}
	s["fetch-single"].sys.Route = []Node{{Fork: []Branch{{First: 1, Copies: copies(4)}}, Next: End}, {Pools: []int{0}, Next: End}}
	ahead := tandem(byHand(), []Resource{unshared()}, one("client", 1, Batch{Fetch: &queueing.Fetch{Max: 2}}, "fetch", 1*ms),
		one("application", 1, Batch{}, "work", 4*ms))
	ahead.Pools[0].Feeds = 2
	s["fetches-ahead"] = story{
		rule: "The client fetches the next messages while the application works on the last that it had, and not before it has taken that.",
		sys:  ahead, arrivals: []time.Duration{0, 0, 1 * ms, 2 * ms, 3 * ms}, end: 40 * ms,
	}
	down := sends(1, queueing.Send{Max: 9, Linger: 5 * ms}, 4*ms)
	down.Outages = []Outage{{Name: "broker", Pools: []int{0}, Schedule: []Span{{7 * ms, 12 * ms}}}}
	s["broker-down"] = story{
		rule: "What the broker had not acknowledged as it failed is sent again once it is up, with what came meanwhile, and a linger of its own.",
		sys:  down, arrivals: []time.Duration{0, 3 * ms, 6 * ms, 8 * ms}, end: 40 * ms,
	}
	return s
}
