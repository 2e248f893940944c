package compile

import (
	"errors"
	"fmt"

	"vsim/sim/engine"
	"vsim/sim/scenario"
)

// outages makes the failures of GPUs and servers, of which all pools that stand there are down, and of brokers.
func (b *builder) outages() {
	for i := range b.g.Outages {
		o := &b.g.Outages[i]
		key := fmt.Sprintf("outage.%d", i)
		out := engine.Outage{Name: fmt.Sprintf("%s%d", o.Of, o.Number), Pools: b.struck(o), Lose: o.Requests == "lost"}
		if o.Of == "broker" {
			out.Name = o.Broker
			out.Pools, out.Waiting = b.brokerStruck(o.Broker)
			out.Refuse = out.Lose // a client that does not send again what was lost, does not wait to send either
		}
		for _, at := range o.At {
			out.Schedule = append(out.Schedule, engine.Span{From: at.Duration(), To: at.Duration() + o.For.Duration()})
		}
		if o.MTBF != nil {
			out.Up, out.Down = b.inline(key+".mtbf", o.MTBF, 1), b.inline(key+".mttr", o.MTTR, 1)
		}
		if instant(out.Up) && instant(out.Down) {
			b.fault(key+".mtbf", errors.New("and mttr are both 0, so that it fails and is repaired without end at one moment; give one of them a time"))
		}
		if len(out.Pools) == 0 {
			b.fault(key+".of", fmt.Errorf("no stage stands on %s, so that its failure has no effect", out.Name))
		}
		b.sys.Outages = append(b.sys.Outages, out)
	}
}

// struck lists the pools that an outage takes down.
func (b *builder) struck(o *scenario.Outage) (out []int) {
	for i := range b.sys.Pools {
		p := &b.sys.Pools[i]
		if o.Of == "gpu" && p.Place == 1+o.Number || o.Of == "server" && p.Server == o.Number {
			out = append(out, i)
		}
	}
	return out
}

// brokerStruck lists the pools that are down with a broker: those that send to it and those that fetch. Consumers of Redis, which fetch
// themselves, go on with what they have in hand; only what waits for them is out.
func (b *builder) brokerStruck(name string) (pools, waiting []int) {
	for i := range b.plans {
		switch l := b.plans[i].stage.Leg(); {
		case l == nil || l.Name != name:
		case l.Part != scenario.Consumes:
			pools = append(pools, b.pools[i]...)
		case !l.Kafka():
			waiting = append(waiting, b.pools[i]...)
		}
	}
	return pools, waiting
}
