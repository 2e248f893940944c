package compile

import (
	"fmt"
	"strings"

	"vsim/sim/engine"
	"vsim/sim/scenario"
)

// device is a resource of the scenario, of which there may be a copy in every server or for every GPU.
type device struct {
	spec   *scenario.Resource
	key    string // of the resource in the scenario
	kinds  []jobKind
	source slowdowns
	sim    []int // indexes of its copies in the system: resources, or memories
	top    int   // its index in the topology
}

// jobKind is a kind of jobs on a device: those of steps of one name, to which the scenario's slow-downs and
// powers refer, that have the slow-downs of one stage of the profile and of a model.
type jobKind struct {
	name, profile, model string
	of                   string // stage that they are of alone, "" where that makes no difference
	cores                int
	limit                float64 // of the capacity that they take together on a server; 0: none
	sizes                sizes   // of the batches that are of this kind, where slow-downs depend on them
	group                int     // kinds that differ in nothing but that
}

// kindOf finds the kind of a step's jobs, or makes it.
func (d *device) kindOf(step *scenario.Step) int {
	want := jobKind{name: step.Name, profile: step.ProfileKind(), model: d.source.model(step), cores: max(step.Cores, 1)}
	if w := step.Work(); w != nil {
		want.name, want.of, want.limit = brokerKind(w)
	}
	if d.alike() {
		want = jobKind{name: "job", cores: want.cores}
	}
	for i, k := range d.kinds {
		if k == want {
			return i
		}
	}
	d.kinds = append(d.kinds, want)
	return len(d.kinds) - 1
}

// alike says that nothing depends on which step a job is of: the slow-downs, one or by batches, hold for every
// stage beside every other, so that all neighbours count together.
func (d *device) alike() bool {
	list := d.spec.Slowdown
	for i := range list {
		if list[i].Stage != "" || list[i].Beside != "" || len(list) > 1 && !list[i].Batched() {
			return false
		}
	}
	return len(list) > 0 && len(d.spec.StagePower) == 0
}

// bridged says that the links of several GPUs are one resource with a kind of jobs for each of them.
func (d *device) bridged() bool { return d.spec.GPUsPerBridge > 1 }

// resources makes all resources that are used, or that draw power.
func (b *builder) resources() {
	for i := range b.g.Resources {
		d := b.devices[b.g.Resources[i].Name]
		switch {
		case d.spec.Type == "memory":
			b.memories(d)
		case len(d.kinds) == 0 && d.spec.IdlePower == 0:
		case d.bridged():
			b.bridges(d)
		default:
			b.copies(d)
		}
		b.place(d)
	}
}

// copies makes one resource in every place.
func (b *builder) copies(d *device) {
	r := engine.Resource{Capacity: d.spec.Capacity, Slots: d.spec.Slots,
		Speed: d.spec.Speed, IdleWatts: float64(d.spec.IdlePower), Excess: b.excess(d), Turns: b.turns(d)}
	for _, k := range d.kinds {
		r.Kinds = append(r.Kinds, engine.Kind{Name: k.name, Width: float64(k.cores), Limit: k.limit * b.sharers(d), Watts: watts(d.spec, k.name), Group: k.group})
	}
	if len(r.Kinds) == 0 {
		r.Kinds = []engine.Kind{{Name: "idle"}}
	}
	if d.spec.Type == "gpu" && r.Capacity == 1 && r.Excess != nil {
		r.Capacity = 0 // what was measured says how its jobs share it
	}
	for i := range b.sites(d.spec.Per) {
		r.Name = b.name(d.spec, i)
		d.sim = append(d.sim, b.resource(r))
	}
}

// sharers is the number of servers that have a device in common.
func (b *builder) sharers(d *device) float64 {
	if d.spec.Per == "all" {
		return float64(b.g.Servers.Count)
	}
	return 1
}

// bridges makes one resource of the links behind each bridge: capacity 1 is that of one link, which no
// GPU's jobs exceed together.
func (b *builder) bridges(d *device) {
	width := d.spec.BridgeBandwidth
	if width == 0 {
		width = d.spec.Bandwidth
	}
	r := engine.Resource{Capacity: float64(width / d.spec.Bandwidth), Speed: d.spec.Speed, IdleWatts: float64(d.spec.IdlePower)}
	for range min(d.spec.GPUsPerBridge, b.g.Servers.GPUs) {
		r.Kinds = append(r.Kinds, engine.Kind{Name: d.spec.Name, Limit: 1, Watts: float64(d.spec.ActivePower)})
	}
	bridges := 0
	for _, at := range b.sites("gpu") {
		if at.gpu%d.spec.GPUsPerBridge == 0 {
			r.Name = b.name(d.spec, bridges)
			b.resource(r)
			bridges++
		}
		d.sim = append(d.sim, len(b.sys.Resources)-1)
	}
}

func (b *builder) memories(d *device) {
	full := map[string]engine.FullPolicy{"reject": engine.Reject, "evict": engine.Evict}[d.spec.Full]
	for i := range b.sites(d.spec.Per) {
		d.sim = append(d.sim, len(b.sys.Memories))
		b.sys.Memories = append(b.sys.Memories, engine.Memory{Name: b.name(d.spec, i), SizeBytes: float64(d.spec.Size), Full: full})
	}
}

// resource adds a resource and returns its index.
func (b *builder) resource(r engine.Resource) int {
	b.sys.Resources = append(b.sys.Resources, r)
	return len(b.sys.Resources) - 1
}

// copyAt finds the copy of a device that serves a place.
func (b *builder) copyAt(d *device, at site) int {
	switch d.spec.Per {
	case "gpu":
		return d.sim[b.number(at)]
	case "all":
		return d.sim[0]
	}
	return d.sim[at.server]
}

// kindAt is the kind of a step's jobs on the copy of its device at a place.
func (s *plannedStep) kindAt(at site) int {
	if s.device.bridged() {
		return at.gpu % s.device.spec.GPUsPerBridge
	}
	return s.kind
}

// name numbers the copies of a resource after the first word of its name: "link0 h2d".
func (b *builder) name(r *scenario.Resource, i int) string {
	if r.Per == "all" || r.Per == "server" && b.g.Servers.Count == 1 {
		return r.Name
	}
	first, rest, two := strings.Cut(r.Name, " ")
	if !two {
		return fmt.Sprintf("%s%d", first, i)
	}
	return fmt.Sprintf("%s%d %s", first, i, rest)
}

// watts is the power of a kind of jobs.
func watts(r *scenario.Resource, step string) float64 {
	for _, p := range r.StagePower {
		if p.Stage == step {
			return float64(p.Power)
		}
	}
	return float64(r.ActivePower)
}
