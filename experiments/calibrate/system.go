package calibrate

import (
	"vsim/sim"
	"vsim/sim/random"
)

// The resources of the system, and of its pools the one that is measured.
const (
	frontend = iota
	path
	gpu
)

// System is the model with a closed loop of clients, ready to be simulated. Nothing in it is random: the
// tables give means, and their 99th percentiles lie a few per cent above them.
func (m *Model) System(clients int) (*sim.System, error) {
	var b samplers
	each := func(name string, resource int, seconds float64) sim.Step {
		return sim.Step{Name: name, Resource: []int{resource}, Service: sim.Service{PerItem: true, At: [][]*random.Sampler{{b.constant(seconds)}}}}
	}
	batch := func(name string, of func(Point) float64) sim.Step {
		return sim.Step{Name: name, Resource: []int{gpu}, Service: sim.Service{At: [][]*random.Sampler{b.table(m, of)}}}
	}
	sys := &sim.System{
		Seed:    1,
		Classes: []sim.Class{{Name: "image", Weight: 1}},
		Resources: []sim.Resource{
			frontend: {Name: "front end", Type: sim.CPU, Capacity: 1, Kinds: []sim.Kind{{Name: "request"}}},
			path:     {Name: "path", Type: sim.Delay, Kinds: []sim.Kind{{Name: "request"}}},
			gpu:      {Name: "gpu", Type: sim.GPU, Capacity: 1, Kinds: []sim.Kind{{Name: "batch"}}},
		},
		Pools: []sim.Pool{
			frontend: {Name: "front end", Workers: 1, Steps: []sim.Step{each("carry", frontend, m.FrontendS)}},
			path:     {Name: "path", Steps: []sim.Step{each("path", path, m.PathS)}},
			gpu: {
				Name: "instance", Workers: 1,
				Batch: sim.Batch{Max: m.Server.MaxBatch, Delay: m.Server.MaxQueueDelay, Preferred: m.Server.Preferred},
				Steps: []sim.Step{
					batch("input", func(p Point) float64 { return p.InputS }),
					batch("infer", func(p Point) float64 { return p.InferS }),
					batch("output", func(p Point) float64 { return p.OutputS }),
					each("respond", gpu, m.RespondS),
				},
			},
		},
		Route:  []sim.Node{{Pools: []int{frontend}}, {Pools: []int{path}}, {Pools: []int{gpu}}},
		Source: sim.Source{Clients: clients},
	}
	return sys, b.err
}

// samplers makes constant times and keeps the first error.
type samplers struct{ err error }

func (b *samplers) constant(seconds float64) *random.Sampler {
	s, err := random.Constant(1e9 * seconds)
	if err != nil && b.err == nil {
		b.err = err
	}
	return s
}

// table gives the times of all batch sizes.
func (b *samplers) table(m *Model, of func(Point) float64) []*random.Sampler {
	at := line(len(m.Points), func(i int) (int, float64) { return m.Points[i].Batch, of(m.Points[i]) })
	row := make([]*random.Sampler, m.Server.MaxBatch)
	for i := range row {
		row[i] = b.constant(at.Predict(float64(i + 1)))
	}
	return row
}
