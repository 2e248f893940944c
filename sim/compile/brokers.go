package compile

import (
	"fmt"
	"slices"

	"vsim/profile"
	"vsim/sim/engine"
	"vsim/sim/engine/queueing"
	"vsim/sim/engine/random"
	"vsim/sim/scenario"
)

// consumer is one of those that fetch a stage's messages at a site, and that work on them.
type consumer struct {
	stage int // of the scenario
	site  site
	n     int
}

// origin is the stage of the scenario that a lowered one is of.
func (b *builder) origin(stage int) int {
	i, _ := b.g.Stages[stage].Origin(stage)
	return i
}

// consumersOf is how many consumers of a broker a stage is, in each place; 1 where none is needed.
func consumersOf(st *scenario.Stage) int {
	if l := st.Leg(); l != nil && l.Part != scenario.Sends {
		return l.Consumers
	}
	return 1
}

// queueOf is the broker in whose hands the queue of a stage is, with those that wait to be sent to it; "" where it is the stage's own.
func queueOf(st *scenario.Stage) string {
	if l := st.Leg(); l != nil && (l.Part != scenario.Consumes || !l.Kafka()) {
		return l.Name
	}
	return ""
}

// brokerBatch is the rule by which a broker's messages go together; not ok for what is no part of a broker's way.
func brokerBatch(l *scenario.Leg) (rule engine.Batch, ok bool) {
	switch {
	case l == nil:
	case l.Part == scenario.Sends:
		return engine.Batch{Send: &queueing.Send{Partitions: l.Partitions, Max: l.MaxMessages(), Linger: l.Linger.Duration()}}, true
	case l.Part == scenario.Fetches:
		return engine.Batch{Fetch: &queueing.Fetch{Min: l.MinMessages(), Max: l.MaxFetched(), MaxWait: l.FetchMaxWait.Duration()}}, true
	case !l.Kafka(): // the worker fetches
		return engine.Batch{Fetch: &queueing.Fetch{Min: 1, Max: l.MaxFetched(), Single: l.Type == profile.RedisStream}}, true
	}
	return engine.Batch{}, false
}

// over makes the pool that was added last, of those of a stage, a consumer's of Kafka: what one has fetched, it works on itself, and it
// fetches more only once it has taken that.
func (b *builder) over(st *scenario.Stage, c consumer, pools []int) {
	l := st.Leg()
	if l == nil || l.Part == scenario.Sends || !l.Kafka() {
		return
	}
	pool := &b.sys.Pools[pools[len(pools)-1]]
	if _, known := b.places[c]; !known {
		b.places[c] = b.consumerPlace(c, l, st.Per == "gpu")
	}
	pool.Place = b.places[c]
	if l.Part == scenario.Fetches {
		b.fetchers[c] = pools[len(pools)-1]
		return
	}
	pool.Workers = l.Workers
	b.sys.Pools[b.fetchers[c]].Feeds = 1 + pools[len(pools)-1]
}

// partitions has the messages of a topic of Kafka go to its partitions in turn, each of which is one consumer's, and what
// a consumer has fetched stay with it.
func (b *builder) partitions(node *engine.Node, stage int) {
	l := b.g.Stages[stage].Leg()
	switch {
	case l == nil || !l.Kafka() || l.Part == scenario.Sends:
	case l.Part == scenario.Consumes:
		node.Sticky = true
	default:
		pools := node.Pools
		node.Balance, node.Pools = engine.RoundRobin, nil
		for server := range b.g.Servers.Count {
			here := slices.DeleteFunc(slices.Clone(pools), func(p int) bool { return b.sys.Pools[p].Server != server })
			for k := range l.Partitions {
				node.Pools = append(node.Pools, here[k%len(here)])
			}
		}
	}
}

// consumerPlace numbers a consumer: it stands on the GPU that it works on, if it is the only one there, else at a place of its own behind
// those of the GPUs.
func (b *builder) consumerPlace(c consumer, l *scenario.Leg, perGPU bool) int {
	if perGPU && l.Consumers == 1 {
		return 1 + b.number(c.site)
	}
	return 1 + b.g.Servers.Count*b.g.Servers.GPUs + len(b.places)
}

// brokerKind is the kind of jobs that a step for a broker is: those of all its clients are one, and its own another. Redis has a single
// thread, and a producer of Kafka one connection, whose requests both ends work on one after the other (SocketServer.Processor mutes a
// connection until its request is answered; franz-go's sink has one goroutine that writes and one that reads): of is the stage whose
// producer that is.
func brokerKind(w *scenario.Work) (name, of string, limit float64) {
	name = w.Name
	if w.CPU && w.Client {
		name += " clients"
	}
	switch {
	case w.CPU && w.Kafka() && w.Part == scenario.Sends:
		return name, w.Of, oneThread
	case w.CPU && !w.Client && !w.Kafka():
		return name, "", oneThread
	}
	return name, "", 0
}

// background has brokers use of their CPU what they use with nothing to do.
func (b *builder) background() {
	var known []string
	for i := range b.g.Stages {
		l := b.g.Stages[i].Leg()
		if l == nil || l.CPU == "" || slices.Contains(known, l.Name) {
			continue
		}
		known = append(known, l.Name)
		d := b.devices[l.CPU]
		for _, k := range d.sim {
			r := &b.sys.Resources[k]
			if r.Capacity == 0 {
				continue // cores without a limit
			}
			if r.Others += b.idleCores(l) * b.sharers(d); r.Others > mostOthers*r.Capacity {
				b.faultWith(fmt.Sprintf("broker.%d.idle_cores", b.brokerIndex(l)),
					fmt.Errorf("brokers use %.3g of the %v cores of %q with no message to carry: nothing is left", r.Others, r.Capacity, d.spec.Name),
					"lower idle_cores, or measure the broker again on a quiet machine")
				return
			}
		}
	}
}

// mostOthers is the part of a CPU that brokers may use with nothing to do, at most.
const mostOthers = 0.95

// idleCores are those that a broker uses with nothing to do.
func (b *builder) idleCores(l *scenario.Leg) float64 {
	measured := b.profiles.of(brokerResource, l.Profile)
	if l.IdleCores > 0 || l.Broker.Written() || measured == nil {
		return l.IdleCores
	}
	idle := measured.Find(profile.Key{Stage: profile.Idle + profile.ServerSuffix, Resource: "cpu", Broker: l.Type})
	if idle == nil {
		return 0
	}
	return idle.MeanNs / 1e9 // in a second
}

// messages makes the times of a step for a broker, for requests of so many messages.
func (b *builder) messages(step *plannedStep, w *scenario.Work, sizes []int) []*random.Sampler {
	sizes = roundMessages(sizes)
	switch {
	case w.Time != nil:
		return b.inlineByBatch(step.at(), w.Time, sizes)
	case w.Broker.Written():
		return atEach(sizes, func(int) *random.Sampler { return noTime })
	case b.brokerProfile(w) == nil:
		b.faultWith(fmt.Sprintf("broker.%d.profile", b.brokerIndex(w.Leg)), fmt.Errorf("broker %q has no times", w.Name),
			fmt.Sprintf("measure them with vsim profile --broker %s -o FILE and name it there, or write send, append, read, fetch", w.Type))
		return make([]*random.Sampler, len(sizes))
	}
	return b.measuredMessages(step, w, sizes)
}

// brokerIndex is that of a leg's broker in the scenario.
func (b *builder) brokerIndex(l *scenario.Leg) int {
	return slices.IndexFunc(b.g.Brokers, func(o scenario.Broker) bool { return o.Name == l.Name })
}

// brokerProfile is the profile that has a broker's times, nil where there is none.
func (b *builder) brokerProfile(w *scenario.Work) *scenario.Measurement {
	return b.profiles.of(brokerResource, w.Profile)
}

// brokerResource is the resource under which profiles have the times of brokers.
const brokerResource = "broker"

// exactMessages is the largest number of messages of a request whose time is that of its number; larger ones have that
// of a number within 2.5 % of theirs.
const exactMessages = 32

// roundMessages gives numbers of messages of which there are few different ones.
func roundMessages(sizes []int) []int {
	out := slices.Clone(sizes)
	from := exactMessages + 1
	for i, size := range sizes {
		if size <= exactMessages {
			continue
		}
		if float64(size) > 1.05*float64(from) {
			from = size
		}
		out[i] = min(int(1.025*float64(from)), sizes[len(sizes)-1])
	}
	return out
}
