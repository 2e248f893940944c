package compile

import (
	"strings"

	"vsim/sim/engine"
	"vsim/sim/topology"
)

// place notes in the topology where the copies of a device are. Several GPUs' links may be one copy.
func (b *builder) place(d *device) {
	if d.spec.Type == "memory" || d.sim == nil {
		return
	}
	r := topology.Resource{Name: d.spec.Name, Type: topology.Type(d.spec.Type), Key: d.key}
	for i, at := range b.sites(d.spec.Per) {
		if n := len(r.Copies); n == 0 || r.Copies[n-1].Index != d.sim[i] {
			r.Copies = append(r.Copies, topology.Copy{Index: d.sim[i], Server: at.server, GPU: at.gpu})
		}
	}
	d.top = b.describe(r)
}

// own gives a step of a stage without a resource one of its own in every place, on which the stage's workers
// do not slow each other down.
func (b *builder) own(p *plan, s *plannedStep, sites []site) (top int, copies []int) {
	r := topology.Resource{Name: s.Name, Type: topology.Own, Key: strings.Replace(s.at(), p.key, p.byName, 1)}
	for _, at := range sites {
		i := b.resource(engine.Resource{Name: s.Name, Capacity: float64(p.stage.Workers), Kinds: []engine.Kind{{Name: "job"}}})
		r.Copies = append(r.Copies, topology.Copy{Index: i, Server: at.server, GPU: at.gpu})
		copies = append(copies, i)
	}
	return b.describe(r), copies
}

// delay is the resource on which transfers spend their fixed time, beside each other.
func (b *builder) delay() int {
	if b.latency == 0 {
		b.latency = 1 + b.resource(engine.Resource{Name: "latency", Kinds: []engine.Kind{{Name: "call"}}})
		b.describe(topology.Resource{Name: "latency", Type: topology.Delay, Copies: []topology.Copy{{Index: b.latency - 1}}})
	}
	return b.latency - 1
}

// describe adds a resource to the topology and returns its index.
func (b *builder) describe(r topology.Resource) int {
	b.top.Resources = append(b.top.Resources, r)
	return len(b.top.Resources) - 1
}
