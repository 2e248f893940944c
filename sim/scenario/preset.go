package scenario

import (
	"slices"

	"vsim/profile"
)

// preset writes the pipeline of a preset in the general form.
type preset struct {
	s *Scenario
	g *Scenario // the general form in the making
}

func (p *preset) write() {
	p.classes()
	p.receive()
	p.host()
	if p.separate() {
		p.gpuPreprocessing()
	}
	models := p.models()
	for _, m := range models {
		p.inference(m, len(models) > 1)
	}
	if p.s.Pipeline.Preset == identifyPreset {
		p.identify()
	}
}

// classes makes one class of request for every image size and model.
func (p *preset) classes() {
	for i := range p.s.Pipeline.Images {
		im := &p.s.Pipeline.Images[i]
		p.g.Classes = append(p.g.Classes, Class{Name: p.s.className(im), Weight: im.Weight, Priority: im.Priority, Items: im.Items})
	}
}

// className is the image's size, with its model where there are several.
func (s *Scenario) className(im *Image) string {
	if im.Model == "" || !slices.ContainsFunc(s.Pipeline.Images, func(o Image) bool { return s.modelOf(&o) != s.modelOf(im) }) {
		return im.Size
	}
	return im.Model + " " + im.Size
}

func (s *Scenario) modelOf(im *Image) string {
	if im.Model != "" {
		return im.Model
	}
	return s.Pipeline.Model
}

// models lists the models that are served, in the order of the images.
func (p *preset) models() (out []string) {
	for i := range p.s.Pipeline.Images {
		if m := p.s.modelOf(&p.s.Pipeline.Images[i]); !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out
}

// classesOf lists the classes of a model's images, nil when it has all.
func (p *preset) classesOf(model string) (out []string) {
	images := p.s.Pipeline.Images
	for i := range images {
		if p.s.modelOf(&images[i]) == model {
			out = append(out, p.s.className(&images[i]))
		}
	}
	if len(out) == len(images) {
		return nil
	}
	return out
}

// separate says that GPU preprocessing is a stage of its own.
func (p *preset) separate() bool { return p.s.Preprocess != nil && p.s.Preprocess.Separate }

// receive is the way of what clients send through the host's memory, where that is simulated: each copy reads and writes it,
// and what decodes it, or the link, reads it once more.
func (p *preset) receive() {
	n := Bytes(2*p.s.copies() + 1)
	if n == 1 {
		return
	}
	step := Step{Name: "receive", Resource: memoryBusName, Each: true, key: "memory.bandwidth"}
	if p.s.Pipeline.Preprocessing == "none" {
		step.Service = []Service{{Bytes: n * p.s.Pipeline.Tensor}}
	} else {
		step.Service = p.each(func(im *Image) Service { return Service{Bytes: n * im.compressed()} })
	}
	p.add(Stage{Name: "network", MaxBatch: 1, Steps: []Step{step}})
}

// host is what the CPU does with a request before inference: the server's own work, decoding, resizing.
func (p *preset) host() {
	var steps []Step
	if o := p.s.Server; o != nil && o.Overhead != nil {
		p.add(Stage{Name: "frontend", Workers: o.Frontend, MaxBatch: 1, workersKey: "server.frontend",
			Steps: []Step{{Name: "overhead", Resource: cpuName, Each: !p.s.severalItems(), Service: o.Overhead, key: "server.overhead"}}})
	} else {
		steps = []Step{{Name: "handoff", Resource: cpuName, Each: true, Optional: true, Service: []Service{{ProfileStage: "handoff"}}, key: "profile"}}
	}
	st := Stage{Name: "receive", MaxBatch: 1}
	if where := p.s.Pipeline.Preprocessing; where == "cpu" || where == "split" {
		st.Name, st.Workers, st.workersKey = "preprocess", p.s.Preprocess.Workers, "preprocess.workers"
		steps = append(steps, p.decode(cpuName))
		if where == "cpu" {
			steps = append(steps, p.resize(cpuName), p.forward())
			st.Take = p.input(hostMemoryName)
		}
		if p.s.severalItems() {
			st.Copies = &Count{Dist: "constant", Mean: 1}
		}
	}
	if st.Steps = steps; len(steps) > 0 {
		p.add(st)
	}
}

// add adds a stage. It waits for the images of a request where the one before it has taken them one by one.
func (p *preset) add(st Stage) {
	before := len(p.g.Stages) - 1
	for ; before >= 0 && st.Group != "" && p.g.Stages[before].Group == st.Group; before-- {
	}
	st.Join = before >= 0 && p.g.Stages[before].Copies != nil
	st.Per = choose(st.Per == "", "server", st.Per)
	p.g.Stages = append(p.g.Stages, st)
}

// input is the memory that one preprocessed input takes, where that memory is simulated.
func (p *preset) input(memory string) []Hold {
	if !slices.ContainsFunc(p.g.Resources, func(r Resource) bool { return r.Name == memory }) {
		return nil
	}
	return []Hold{{Memory: memory, Bytes: p.s.Pipeline.Tensor}}
}

// decode works on one image after the other, or on as many as there are JPEG engines.
func (p *preset) decode(on string) Step {
	step := Step{Name: "decode", Resource: on, Each: true}
	if on == jpegName {
		step.Parallel = p.s.GPU.JPEGDecoders
	}
	step.Service, step.key = p.byImage("decode"), "pipeline.images"
	if t := p.s.Times; t != nil && t.Decode != nil {
		step.Service, step.key, step.Kind = t.Decode, "times.decode", "decode"
	}
	return step
}

// huffman is the host's part of GPU decoding, on as many images of a batch at once as there are threads. JPEG engines decode
// Huffman codes themselves, and leave parsing to the host.
func (p *preset) huffman() Step {
	stage := choose(p.s.GPU.JPEGDecoders > 0, profile.ParseStage, profile.HuffmanStage)
	step := Step{Name: huffmanName, Resource: cpuName, Each: true, Optional: true, Service: p.byImage(stage), key: "pipeline.images"}
	if pre := p.s.Preprocess; pre != nil {
		step.Threads = pre.Threads
	}
	if t := p.s.Times; t != nil && t.Huffman != nil {
		step.Service, step.key, step.Kind = t.Huffman, "times.huffman", stage
	}
	return step
}

// huffmanName is the step that leaves nothing to a modelled staging copy.
const huffmanName = "huffman"

func (p *preset) resize(on string) Step {
	step := Step{Name: "resize", Resource: on, Each: true, Service: p.byImage("resize"), key: "pipeline.images"}
	if t := p.s.Times; t != nil && t.Resize != nil {
		step.Service, step.key, step.Kind = t.Resize, "times.resize", "resize"
	}
	return step
}

// forward hands a preprocessed image on, where that is known.
func (p *preset) forward() Step {
	step := Step{Name: profile.ForwardStage, Resource: cpuName, Each: true, Optional: true, Service: []Service{{ProfileStage: profile.ForwardStage}}, key: "profile"}
	if t := p.s.Times; t != nil && t.Forward != nil {
		step.Service, step.key = t.Forward, "times.forward"
	}
	return step
}

// byImage looks a stage up in the profile by the size of the image.
func (p *preset) byImage(stage string) []Service {
	return p.each(func(im *Image) Service { return Service{ProfileStage: stage, Image: im.Size} })
}

// each makes a service for every class, or a single one where there is one class.
func (p *preset) each(f func(im *Image) Service) (out []Service) {
	for i := range p.s.Pipeline.Images {
		im := &p.s.Pipeline.Images[i]
		service := f(im)
		if len(p.s.Pipeline.Images) > 1 {
			service.Class = p.s.className(im)
		}
		out = append(out, service)
	}
	return out
}
