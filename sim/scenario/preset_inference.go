package scenario

import (
	"slices"

	"vsim/profile"
)

// inference is the instances of one model, on the CPU or on every GPU.
func (p *preset) inference(model string, several bool) {
	st := Stage{Name: "inference", Workers: p.s.Inference.Instances, MaxBatch: p.s.Batcher.MaxBatch,
		MaxQueueDelay: p.s.Batcher.MaxQueueDelay, QueueRules: p.s.Batcher.QueueRules, key: "batcher.max_batch", workersKey: "inference.instances"}
	if p.s.Pipeline.Preset == identifyPreset {
		st.Name = "detect"
	}
	if several {
		st.Name, st.Group, st.Classes = st.Name+" "+model, st.Name, p.classesOf(model)
	}
	if p.s.Pipeline.Inference == "cpu" {
		st.Steps = p.cpuSteps(model)
		st.Give = p.giveBack(hostMemoryName)
	} else {
		st.Per = "gpu"
		st.Steps = p.gpuSteps(model)
		st.Give = append(p.giveBack(hostMemoryName), p.giveBack(gpuMemoryName)...)
		st.Sticky = p.separate()
	}
	for i := range st.Steps {
		st.Steps[i].Service = within(st.Steps[i].Service, st.Classes)
	}
	p.add(st)
}

// within keeps the services of some classes.
func within(list []Service, classes []string) []Service {
	if classes == nil || len(list) == 1 && list[0].Class == "" {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(s Service) bool { return !slices.Contains(classes, s.Class) })
}

// giveBack names a memory that an earlier stage has taken.
func (p *preset) giveBack(memory string) []string {
	for _, st := range p.g.Stages {
		for _, h := range st.Take {
			if h.Memory == memory {
				return []string{memory}
			}
		}
	}
	return nil
}

// cpuSteps is the live server's instance: copy a batch together, infer, postprocess.
func (p *preset) cpuSteps(model string) []Step {
	return []Step{
		p.timed(Step{Name: "copy", Resource: cpuName, Each: true}, model, 0),
		p.timed(Step{Name: "infer", Resource: cpuName, Cores: p.s.Inference.IntraOpThreads}, model, p.s.Inference.IntraOpThreads),
		p.timed(Step{Name: "post", Resource: cpuName, Each: true}, model, 0),
	}
}

// timed gives a step its time: what is written in [times], else what the profile has for the model.
func (p *preset) timed(step Step, model string, threads int) Step {
	step.Service, step.key = []Service{{ProfileStage: step.Name, Model: model, Threads: threads}}, "pipeline.model"
	if t := p.s.Times; t != nil {
		written := map[string][]Service{"copy": t.Copy, "launch": t.Launch, "infer": t.Infer, "post": t.Post, "identify": t.Identify}[step.Name]
		if written != nil {
			step.Service, step.key, step.Kind = written, "times."+step.Name, step.Service[0].ProfileStage
		}
	}
	return step
}

// gpuSteps is what an instance on a GPU does with a batch: fetch it, preprocess what is not yet
// preprocessed, infer, return the answers, and postprocess them where that is profiled.
func (p *preset) gpuSteps(model string) (out []Step) {
	if p.separate() {
		if p.input(gpuMemoryName) != nil {
			out = append(out, Step{Name: "reload", Resource: h2dName, Each: true, Reload: true, Service: []Service{{Bytes: p.s.Pipeline.Tensor}}})
		}
	} else {
		out = append(p.copySteps(model), p.fetchSteps()...)
	}
	launch := p.timed(Step{Name: profile.LaunchStage, Resource: cpuName, Optional: true}, model, 0)
	return append(out, launch, p.timed(Step{Name: "infer", Resource: gpuName}, model, 0), p.answer(), p.post(model))
}

// copySteps is the putting together of a batch's tensors in pinned memory, where the clients or a CPU made them and it is
// profiled.
func (p *preset) copySteps(model string) []Step {
	if p.preprocessesOnGPU() {
		return nil
	}
	return []Step{p.timed(Step{Name: copyName, Resource: cpuName, Each: true, Optional: true}, model, 0)}
}

// copyName is the step that leaves nothing to a modelled staging copy.
const copyName = "copy"

// preprocessesOnGPU tells whether pictures cross the link.
func (p *preset) preprocessesOnGPU() bool {
	return p.s.Pipeline.Preprocessing == "gpu" || p.s.Pipeline.Preprocessing == "split"
}

// post is the postprocessing of a GPU's answers, on the CPU, where it is profiled.
func (p *preset) post(model string) Step {
	return p.timed(Step{Name: "post", Resource: cpuName, Each: true, Optional: true}, model, 0)
}

func (p *preset) answer() Step {
	step := Step{Name: "d2h", Resource: d2hName, Service: []Service{{ProfileStage: "d2h", Bytes: p.s.Pipeline.Answer}}, key: "link.profile"}
	if t := p.s.Times; t != nil && t.D2H != nil {
		step.Service, step.key = t.D2H, "times.d2h"
	}
	return step
}

// fetchSteps bring a batch to the GPU and preprocess it there, where the CPU has not. Compressed and
// decoded images cross the link one by one, tensors in one transfer.
func (p *preset) fetchSteps() (out []Step) {
	where := p.s.Pipeline.Preprocessing
	if where == "gpu" {
		dispatch := Step{Name: "dispatch", Resource: cpuName, Optional: true, Service: []Service{{ProfileStage: profile.DispatchStage}}, key: "profile"}
		out = append(out, dispatch, p.huffman())
	}
	h2d := Step{Name: "h2d", Resource: h2dName, Each: p.preprocessesOnGPU(), Service: p.uploads(where), key: "link.profile"}
	if p.s.stagingBandwidth() > 0 {
		staging := Step{Name: "staging", Resource: cpuName, Each: h2d.Each, Service: slices.Clone(h2d.Service), key: "link.staging_bandwidth"}
		switch {
		case !h2d.Each:
			staging.Unless = copyName
		case where == "gpu":
			staging.Unless = huffmanName
		}
		for i := range staging.Service {
			staging.Service[i].ProfileStage, staging.Service[i].Image = "", ""
		}
		out = append(out, staging)
	}
	if t := p.s.Times; t != nil && t.H2D != nil {
		h2d.Service, h2d.key = t.H2D, "times.h2d"
	}
	out = append(out, h2d)
	if where == "gpu" {
		out = append(out, p.decode(choose(p.s.GPU.JPEGDecoders > 0, jpegName, gpuName)))
	}
	if h2d.Each {
		out = append(out, p.resize(gpuName))
	}
	return out
}

// uploads says what crosses the link: compressed images, decoded ones, or float tensors.
func (p *preset) uploads(where string) []Service {
	switch where {
	case "gpu":
		return p.each(func(im *Image) Service { return Service{ProfileStage: "h2d", Image: im.Size, Bytes: im.compressed()} })
	case "split":
		return p.each(func(im *Image) Service { return Service{Bytes: im.decoded()} })
	}
	return []Service{{ProfileStage: "h2d", Bytes: p.s.Pipeline.Tensor}}
}

// gpuPreprocessing is preprocessing with a batcher of its own, whose results wait in GPU memory.
func (p *preset) gpuPreprocessing() {
	pre := p.s.Preprocess
	p.add(Stage{Name: "gpu preprocess", Per: "gpu", Workers: pre.Instances, MaxBatch: pre.MaxBatch, MaxQueueDelay: pre.MaxQueueDelay,
		Take: p.input(gpuMemoryName), Steps: append(p.fetchSteps(), p.forward()), key: "preprocess.max_batch", workersKey: "preprocess.instances"})
}

// identify is the second model, once for each face of an image. The faces stay on their GPU.
func (p *preset) identify() {
	id := p.s.Identify
	st := Stage{Name: "identify", Copies: id.Faces, Workers: id.Instances, MaxBatch: id.MaxBatch, MaxQueueDelay: id.MaxQueueDelay,
		QueueRules: QueueRules{Allowed: id.Allowed}, key: "identify.max_batch", workersKey: "identify.instances"}
	step := Step{Name: "identify", Resource: gpuName}
	if p.s.Pipeline.Inference == "cpu" {
		step.Resource, step.Cores = cpuName, p.s.Inference.IntraOpThreads
	}
	step = p.timed(step, id.Model, step.Cores)
	if step.key == "pipeline.model" {
		step.Service[0].ProfileStage, step.key = "infer", "identify.model"
	} else {
		step.Kind = "infer"
	}
	if p.s.Pipeline.Inference == "cpu" {
		st.Steps = []Step{step, p.timed(Step{Name: "post", Resource: cpuName, Each: true}, id.Model, 0)}
	} else {
		st.Per, st.Sticky, st.Steps = "gpu", true, append(p.identifyLaunch(step), step, p.answer(), p.post(id.Model))
	}
	p.add(st)
}

// identifyLaunch is the launching of the second model's kernels, where its inference is the profile's and launching is told apart there.
func (p *preset) identifyLaunch(infer Step) []Step {
	if infer.key != "identify.model" {
		return nil
	}
	service := []Service{{ProfileStage: profile.LaunchStage, Model: p.s.Identify.Model}}
	return []Step{{Name: profile.LaunchStage, Resource: cpuName, Optional: true, Service: service, key: infer.key}}
}
