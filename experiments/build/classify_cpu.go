package build

import (
	"vsim/profile"
	"vsim/sim"
)

// cpuStep is a step on the CPU, by the name of its kind.
type cpuStep struct {
	name    string
	width   int // threads that it keeps busy
	service sim.Service
}

// classifyCPU is the live server's pipeline: preprocessing workers that decode and resize one image at
// a time, then instances that copy a batch together, infer and postprocess, all on the same cores.
func (b *builder) classifyCPU() {
	b.classes()
	threads := b.s.Inference.IntraOpThreads
	preprocess := b.preprocessSteps()
	inference := []cpuStep{
		{name: "copy", service: b.perRequest(profile.Key{Stage: "copy", Resource: "cpu", Model: b.s.Pipeline.Model})},
		{name: "infer", width: threads, service: b.byBatch(profile.Key{Stage: "infer", Resource: "cpu", Model: b.s.Pipeline.Model, Threads: threads})},
		{name: "post", service: b.perRequest(profile.Key{Stage: "post", Resource: "cpu", Model: b.s.Pipeline.Model})},
	}
	cpu := b.cpu(append(append([]cpuStep{}, preprocess...), inference...))
	b.node(sim.Pool{Name: "preprocess", Workers: b.s.Preprocess.Workers, Steps: steps(cpu, 0, preprocess)})
	b.node(sim.Pool{Name: "inference", Workers: b.s.Inference.Instances, Batch: b.batch(), Steps: steps(cpu, len(preprocess), inference)})
}

// preprocessSteps is what a CPU worker does with one image.
func (b *builder) preprocessSteps() []cpuStep {
	return append(b.handoff(),
		cpuStep{name: "decode", service: b.perImage("decode", "cpu")},
		cpuStep{name: "resize", service: b.perImage("resize", "cpu")})
}

// handoff is the CPU's work on a request around the stages (queues, wake-ups), where it was measured.
func (b *builder) handoff() []cpuStep {
	k := profile.Key{Stage: "handoff", Resource: "cpu"}
	if !b.offers(k) {
		return nil
	}
	return []cpuStep{{name: "handoff", service: b.perRequest(k)}}
}

// cpu adds the host's cores with one kind of job for each step.
func (b *builder) cpu(all []cpuStep) int {
	kinds := make([]sim.Kind, len(all))
	for i, st := range all {
		kinds[i] = sim.Kind{Name: st.name, Width: float64(max(st.width, 1))}
	}
	return b.shared(sim.Resource{Name: "cpu", Type: sim.CPU, Capacity: float64(b.s.CPU.Cores)}, "cpu", kinds...)
}

// steps places steps on a resource, as its kinds from the first on.
func steps(resource, first int, all []cpuStep) []sim.Step {
	out := make([]sim.Step, len(all))
	for i, st := range all {
		out[i] = sim.Step{Name: st.name, Resource: []int{resource}, Kind: first + i, Service: st.service}
	}
	return out
}

func (b *builder) batch() sim.Batch {
	return sim.Batch{Max: b.s.Batcher.MaxBatch, Delay: b.s.Batcher.MaxQueueDelay.Duration()}
}
