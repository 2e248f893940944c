package compile

import (
	"errors"
	"fmt"

	"vsim/sim/engine"
	"vsim/sim/scenario"
)

// outages makes the failures of GPUs and servers: all pools that stand there are down.
func (b *builder) outages() {
	for i := range b.g.Outages {
		o := &b.g.Outages[i]
		key := fmt.Sprintf("outage.%d", i)
		out := engine.Outage{Name: fmt.Sprintf("%s%d", o.Of, o.Number), Pools: b.struck(o), Lose: o.Requests == "lost"}
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
