package compile

import (
	"fmt"
	"strings"

	"vsim/profile"
	"vsim/sim/engine"
	"vsim/sim/scenario"
)

// device is a resource of the scenario, of which there may be a copy in every server or for every GPU.
type device struct {
	spec  *scenario.Resource
	key   string // of the resource in the scenario
	kinds []jobKind
	sim   []int // indexes of its copies in the system: resources, or memories
	top   int   // its index in the topology
}

// jobKind is a kind of jobs on a device: those of steps of one name, to which the scenario's slow-downs and
// powers refer, that have the slow-downs of one stage of the profile.
type jobKind struct {
	name, profile string
	cores         int
}

// kindOf finds the kind of a step's jobs, or makes it.
func (d *device) kindOf(step *scenario.Step) int {
	want := jobKind{step.Name, step.ProfileKind(), max(step.Cores, 1)}
	if d.alike() {
		want.name, want.profile = "job", ""
	}
	for i, k := range d.kinds {
		if k == want {
			return i
		}
	}
	d.kinds = append(d.kinds, want)
	return len(d.kinds) - 1
}

// alike says that nothing depends on which step a job is of: it has the one curve of slow-downs that
// holds for every stage beside every other, so that it counts all neighbours together.
func (d *device) alike() bool {
	curves := d.spec.Slowdown
	return len(curves) == 1 && curves[0].Stage == "" && curves[0].Beside == "" && len(d.spec.StagePower) == 0
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
		Speed: d.spec.Speed, IdleWatts: float64(d.spec.IdlePower), Excess: b.excess(d)}
	for _, k := range d.kinds {
		r.Kinds = append(r.Kinds, engine.Kind{Name: k.name, Width: float64(k.cores), Watts: watts(d.spec, k.name)})
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

// excess is what the kinds of jobs on a device cost each other: as the scenario says, else as the
// profile has measured it. On a GPU, pairs of which nothing is known share it equally.
func (b *builder) excess(d *device) [][]engine.Curve {
	curve := writtenCurves(d.spec.Slowdown)
	if l := b.profileOf(d); curve == nil && l != nil {
		curve = measuredCurves(l.Profile, profileResource(d.spec.Type))
	}
	if curve == nil {
		return nil
	}
	known := false
	table := make([][]engine.Curve, len(d.kinds))
	for i, stage := range d.kinds {
		table[i] = make([]engine.Curve, len(d.kinds))
		for j, beside := range d.kinds {
			table[i][j] = curve(stage, beside)
			known = known || table[i][j] != nil
		}
	}
	if !known {
		return nil
	}
	if len(d.kinds) > maxKinds {
		b.fault(d.spec.Blame("resource"), fmt.Errorf("resource %q has %d kinds of jobs; with slow-downs at most %d are told apart", d.spec.Name, len(d.kinds), maxKinds))
	}
	if d.spec.Type == "gpu" && d.spec.Capacity == 1 {
		shareUnknown(table)
	}
	return table
}

// maxKinds is the largest number of kinds of jobs that slow each other down, which the simulator sets.
const maxKinds = 16

// shareUnknown lets pairs without a curve share equally: beside n others a job takes 1+n times as long.
func shareUnknown(table [][]engine.Curve) {
	for i := range table {
		for j := range table[i] {
			if table[i][j] == nil {
				table[i][j] = engine.Curve{{Neighbours: equalShare, Excess: equalShare}}
			}
		}
	}
}

// equalShare is more jobs than a GPU ever has at once.
const equalShare = 1e6

// writtenCurves reads the slow-downs of a scenario: the first that names both stages, or leaves them open.
func writtenCurves(list []scenario.Slowdown) func(stage, beside jobKind) engine.Curve {
	if len(list) == 0 {
		return nil
	}
	return func(stage, beside jobKind) engine.Curve {
		for _, s := range list {
			if (s.Stage == "" || s.Stage == stage.name) && (s.Beside == "" || s.Beside == beside.name) {
				var out engine.Curve
				for i, n := range s.Neighbours {
					out = append(out, engine.CurvePoint{Neighbours: n, Excess: s.Factors[i] - 1})
				}
				return out
			}
		}
		return nil
	}
}

// measuredCurves reads those of a profile.
func measuredCurves(p *profile.Profile, resource string) func(stage, beside jobKind) engine.Curve {
	return func(stage, beside jobKind) (out engine.Curve) {
		for _, c := range p.SlowdownCurve(resource, stage.profile, beside.profile) {
			out = append(out, engine.CurvePoint{Neighbours: float64(c.Neighbours), Excess: c.Slowdown - 1})
		}
		return out
	}
}
