package build

import (
	"fmt"
	"slices"

	"vsim/experiments/scenario"
	"vsim/sim"
	"vsim/sim/random"
)

// synthetic makes a line of queues from [[resource]] and [[stage]] tables.
func (b *builder) synthetic() {
	b.sys.Classes = []sim.Class{{Name: "request", Weight: 1}}
	for _, r := range b.s.Resources {
		b.resource(sim.Resource{Name: r.Name, Type: sim.ResourceType(r.Type), Capacity: r.Capacity, Kinds: []sim.Kind{{Name: "job"}}})
	}
	for i := range b.s.Stages {
		st := &b.s.Stages[i]
		at := slices.IndexFunc(b.s.Resources, func(r scenario.Resource) bool { return r.Name == st.Resource })
		if at < 0 { // a resource of its own, on which its workers do not slow each other down
			at = b.resource(sim.Resource{Name: st.Name, Type: sim.ResourceType(st.Name), Capacity: float64(st.Workers),
				Kinds: []sim.Kind{{Name: "job"}}})
		}
		row := b.inlineByBatch(fmt.Sprintf("stage.%d.service", i), st.Service, st.MaxBatch)
		b.node(sim.Pool{Name: st.Name, Workers: st.Workers,
			Batch: sim.Batch{Max: st.MaxBatch, Delay: st.MaxQueueDelay.Duration()},
			Steps: []sim.Step{{Name: st.Name, Resource: []int{at}, Service: sim.Service{At: [][]*random.Sampler{row}}}}})
	}
}

// inlineByBatch makes the samplers of a distribution for batch sizes 1 to most. Only the mean depends
// on the size, so one table is made and scaled.
func (b *builder) inlineByBatch(key string, d *scenario.Distribution, most int) []*random.Sampler {
	row := make([]*random.Sampler, most)
	largest := b.inline(key, d, most)
	for i := range row {
		row[i] = largest
		if d.PerImage == 0 || largest == nil || i == most-1 {
			continue
		}
		scaled, err := random.Scale(largest, d.MeanNs(i+1)/d.MeanNs(most))
		if err != nil {
			b.fault(key, err)
		}
		row[i] = scaled
	}
	return row
}

// inline makes the sampler of a distribution written in the scenario, for a batch size.
func (b *builder) inline(key string, d *scenario.Distribution, batch int) *random.Sampler {
	s, err := distribution(d, d.MeanNs(batch))
	if err != nil {
		b.fault(key, err)
	}
	return s
}

func distribution(d *scenario.Distribution, meanNs float64) (*random.Sampler, error) {
	switch d.Dist {
	case "uniform":
		return random.Uniform(d.Min.Ns(), d.Max.Ns())
	case "exponential":
		return random.Exponential(meanNs)
	case "lognormal":
		return random.Lognormal(meanNs, d.CV)
	case "gamma":
		return random.Gamma(meanNs, d.CV)
	case "erlang":
		return random.Erlang(d.Shape, meanNs)
	case "hyperexponential":
		return random.Hyperexponential(meanNs, d.CV)
	case "empirical":
		quantiles := make([]float64, len(d.Quantiles))
		for i, q := range d.Quantiles {
			quantiles[i] = q.Ns()
		}
		return random.Empirical(d.Probabilities, quantiles, meanNs)
	}
	return random.Constant(meanNs)
}

// source makes the arrivals of any scenario.
func (b *builder) source() {
	w := &b.s.Workload
	switch w.Arrivals {
	case "poisson":
		gap, err := random.Exponential(1e9 / float64(w.Rate))
		if err != nil {
			b.fault("workload.rate", err)
		}
		b.sys.Source.Gap = gap
	case "renewal":
		b.sys.Source.Gap = b.inline("workload.gap", w.Gap, 1)
	default:
		b.sys.Source.Clients = w.Concurrency
		if w.ThinkTime != nil {
			b.sys.Source.Think = b.inline("workload.think_time", w.ThinkTime, 1)
		}
	}
}
