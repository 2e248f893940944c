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
		if at < 0 { // its workers are all that it needs
			at = b.resource(sim.Resource{Name: st.Name, Type: sim.Delay, Kinds: []sim.Kind{{Name: "job"}}})
		}
		row := make([]*random.Sampler, st.MaxBatch)
		for k := range row {
			row[k] = b.inline(fmt.Sprintf("stage.%d.service", i), st.Service, k+1)
			if st.Service.PerImage == 0 { // the same for all batch sizes
				for j := range row {
					row[j] = row[0]
				}
				break
			}
		}
		b.node(sim.Pool{Name: st.Name, Workers: st.Workers,
			Batch: sim.Batch{Max: st.MaxBatch, Delay: st.MaxQueueDelay.Duration()},
			Steps: []sim.Step{{Name: st.Name, Resource: []int{at}, Service: sim.Service{At: [][]*random.Sampler{row}}}}})
	}
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
