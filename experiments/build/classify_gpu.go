package build

import (
	"fmt"

	"vsim/profile"
	"vsim/sim"
	"vsim/sim/random"
)

// The tensors that cross the link: a float32 image of 3x224x224 in, 1000 float32 class scores out.
const (
	tensorBytes = 3 * 224 * 224 * 4
	scoresBytes = 1000 * 4
)

// classifyGPU serves the model on GPUs. With GPU preprocessing compressed images cross the link and
// the GPU decodes, resizes and infers; with CPU preprocessing the host's workers decode and resize,
// and float tensors cross. Every GPU has its own queue, and a request joins the one with the fewest.
func (b *builder) classifyGPU() {
	b.classes()
	onGPU := b.s.Pipeline.Preprocessing == "gpu"
	if onGPU {
		if host := b.handoff(); host != nil {
			b.node(sim.Pool{Name: "receive", Steps: steps(b.cpu(host), 0, host)})
		}
	} else {
		host := b.preprocessSteps()
		b.node(sim.Pool{Name: "preprocess", Workers: b.s.Preprocess.Workers, Steps: steps(b.cpu(host), 0, host)})
	}
	services := b.gpuServices(onGPU)
	var pools []sim.Pool
	links := b.links()
	for i := range b.s.GPU.Count {
		link := links[i/b.s.Link.GPUsPerLink]
		pools = append(pools, sim.Pool{
			Name: "inference", Workers: b.s.Inference.Instances, Batch: b.batch(),
			Steps: services.steps(b.gpu(i, services), link),
		})
	}
	b.node(pools...)
}

// gpuServices are the times of a GPU pool's steps, shared by all GPUs.
type gpuServices struct {
	names []string // steps on the GPU itself
	times []sim.Service
	h2d   sim.Service
	d2h   sim.Service
}

func (b *builder) gpuServices(preprocess bool) gpuServices {
	g := gpuServices{d2h: b.transfer("d2h", scoresBytes)}
	add := func(name string, s sim.Service) { g.names, g.times = append(g.names, name), append(g.times, s) }
	if preprocess {
		g.h2d = b.uploads()
		add("decode", b.perImage("decode", "gpu"))
		add("resize", b.perImage("resize", "gpu"))
	} else {
		g.h2d = b.transfer("h2d", tensorBytes)
	}
	add("infer", b.byBatch(profile.Key{Stage: "infer", Resource: "gpu", Model: b.s.Pipeline.Model}))
	return g
}

func (g gpuServices) steps(gpu int, link duplex) []sim.Step {
	out := []sim.Step{{Name: "h2d", Resource: []int{link.h2d}, Service: g.h2d}}
	for i, name := range g.names {
		out = append(out, sim.Step{Name: name, Resource: []int{gpu}, Kind: i, Service: g.times[i]})
	}
	return append(out, sim.Step{Name: "d2h", Resource: []int{link.d2h}, Service: g.d2h})
}

// gpu adds one GPU. Without measured contention its instances share it equally: capacity 1.
func (b *builder) gpu(i int, g gpuServices) int {
	kinds := make([]sim.Kind, len(g.names))
	for k, name := range g.names {
		kinds[k] = sim.Kind{Name: name}
	}
	return b.shared(sim.Resource{Name: fmt.Sprintf("gpu%d", i), Type: sim.GPU, Capacity: 1}, "gpu", kinds...)
}

// duplex is the two directions of a link; each has the link's whole bandwidth.
type duplex struct{ h2d, d2h int }

func (b *builder) links() []duplex {
	var out []duplex
	for i := 0; i*b.s.Link.GPUsPerLink < b.s.GPU.Count; i++ {
		one := func(direction string) int {
			return b.resource(sim.Resource{Name: fmt.Sprintf("link%d %s", i, direction), Type: sim.Link,
				Capacity: 1, Kinds: []sim.Kind{{Name: direction}}})
		}
		out = append(out, duplex{h2d: one("h2d"), d2h: one("d2h")})
	}
	return out
}

// uploads moves each compressed image of a batch by a transfer of its own.
func (b *builder) uploads() sim.Service {
	s := sim.Service{PerItem: true}
	for i, im := range b.s.Pipeline.Images {
		k := profile.Key{Stage: "h2d", Resource: "link", Image: im.Size}
		if b.offers(k) {
			s.At = append(s.At, []*random.Sampler{b.single("link.profile", k)})
			continue
		}
		bytes, ok := compressedBytes(im)
		if !ok {
			b.fault(fmt.Sprintf("pipeline.images.%d.bytes", i), fmt.Errorf("missing; the size of %q images is not known, and they cross the link", im.Size))
		}
		s.At = append(s.At, []*random.Sampler{b.constant(b.transferNs(bytes))})
	}
	return s
}

// transfer moves the tensors of a whole batch by one transfer.
func (b *builder) transfer(direction string, bytesPerImage float64) sim.Service {
	if k := (profile.Key{Stage: direction, Resource: "link"}); b.profiles.of("link") != nil {
		if _, err := b.profiles.of("link").AtBatch(k, 1); err == nil {
			return b.byBatch(k)
		}
	}
	row := make([]*random.Sampler, b.s.Batcher.MaxBatch)
	for i := range row {
		row[i] = b.constant(b.transferNs(bytesPerImage * float64(i+1)))
	}
	return sim.Service{At: [][]*random.Sampler{row}}
}

// transferNs is latency + bytes/bandwidth.
func (b *builder) transferNs(bytes float64) float64 {
	return b.s.Link.Latency.Ns() + bytes/float64(b.s.Link.Bandwidth)*1e9
}

func (b *builder) constant(ns float64) *random.Sampler {
	s, err := random.Constant(ns)
	if err != nil {
		b.fault("link", err)
	}
	return s
}
