package scenario

import (
	"slices"
)

// check looks for contradictions between keys.
func (s *Scenario) check(d *decoder) {
	if s.Synthetic() {
		s.checkSynthetic(d)
	} else {
		s.checkClassify(d)
	}
	s.checkWorkload(d)
}

func (s *Scenario) checkClassify(d *decoder) {
	if s.CPU.Cores == 0 {
		d.fault("cpu.cores", nil, "missing; give the machine's cores, or hardware = \"8gpu\" for a machine that vsim knows")
	}
	p := s.Pipeline
	if s.GPU.Count == 0 {
		for _, k := range []struct{ key, device string }{{"pipeline.preprocessing", p.Preprocessing}, {"pipeline.inference", p.Inference}} {
			if k.device == "gpu" {
				d.fault(k.key, "gpu", "the machine has no GPUs (gpu.count = 0); set it to \"cpu\" or add GPUs")
			}
		}
	} else if s.Link.Bandwidth == 0 {
		d.fault("link.bandwidth", nil, "missing; a machine with GPUs needs it, for example link.bandwidth = \"24GB/s\"")
	}
	if p.Preprocessing == "gpu" && p.Inference == "cpu" {
		d.fault("pipeline.inference", "cpu", "GPU preprocessing with CPU inference is not modelled; set pipeline.preprocessing = \"cpu\"")
	}
	if p.Image != "" && s.Given("pipeline.images") {
		d.fault("pipeline.image", p.Image, "stands beside pipeline.images; keep one of them")
	}
	if len(p.Images) == 0 {
		d.fault("pipeline.images", nil, "is empty; name at least one size")
	}
	seen := map[string]bool{}
	for i, im := range p.Images {
		key := join(join("pipeline.images", itoa(i)), "size")
		switch {
		case im.Size == "":
			d.fault(key, nil, "missing; an image needs a size, for example size = \"medium\"")
		case seen[im.Size]:
			d.fault(key, im.Size, "stands twice; give each size once, with its weight")
		}
		seen[im.Size] = true
	}
	if s.Inference.IntraOpThreads > s.CPU.Cores && s.CPU.Cores > 0 {
		d.fault("inference.intra_op_threads", s.Inference.IntraOpThreads, "is more than cpu.cores = %d", s.CPU.Cores)
	}
}

func (s *Scenario) checkSynthetic(d *decoder) {
	for _, key := range []string{"hardware", "profile", "cpu", "gpu", "link", "memory", "pipeline", "preprocess", "batcher", "inference"} {
		if s.Given(key) {
			d.fault(key, nil, "has no place beside [[stage]] or [[resource]]; a scenario describes either a server with a profile or stages with their own distributions")
		}
	}
	if len(s.Stages) == 0 {
		d.fault("stage", nil, "missing; resources alone do nothing: add a [[stage]]")
	}
	var resources, stages []string
	for i, r := range s.Resources {
		d.named("resource", i, r.Name, &resources)
	}
	for i, st := range s.Stages {
		at := join("stage", itoa(i))
		d.named("stage", i, st.Name, &stages)
		if st.Service == nil {
			d.fault(join(at, "service"), nil, "missing; for example service = {dist = \"exponential\", mean = \"2ms\"}")
		}
		if st.Resource != "" && !slices.Contains(resources, st.Resource) {
			d.fault(join(at, "resource"), st.Resource, "no [[resource]] has this name; %s", nearestRemedy(st.Resource, resources))
		}
	}
}

// named checks that element i of a list has a name that no other has.
func (d *decoder) named(list string, i int, name string, seen *[]string) {
	key := join(join(list, itoa(i)), "name")
	switch {
	case name == "":
		d.fault(key, nil, "missing; every [[%s]] needs a name", list)
	case slices.Contains(*seen, name):
		d.fault(key, name, "stands twice; give each [[%s]] its own name", list)
	}
	*seen = append(*seen, name)
}

// arrivalKeys says which keys each kind of arrivals takes.
var arrivalKeys = map[string]struct{ needed, other []string }{
	"closed":  {nil, []string{"workload.rate", "workload.gap"}},
	"poisson": {[]string{"workload.rate"}, []string{"workload.concurrency", "workload.think_time", "workload.gap"}},
	"renewal": {[]string{"workload.gap"}, []string{"workload.concurrency", "workload.think_time", "workload.rate"}},
}

func (s *Scenario) checkWorkload(d *decoder) {
	keys := arrivalKeys[s.Workload.Arrivals]
	for _, key := range keys.needed {
		if !s.Given(key) {
			d.fault(key, nil, "missing; arrivals = %q needs it", s.Workload.Arrivals)
		}
	}
	for _, key := range keys.other {
		if s.Given(key) {
			d.fault(key, nil, "has no effect with arrivals = %q; remove one of the two", s.Workload.Arrivals)
		}
	}
	if r := s.Workload.Rate; s.Given("workload.rate") && (r < minRate || r > maxRate) {
		d.fault("workload.rate", float64(r), "must be between %v/s and %v/s", minRate, maxRate)
	}
}

// The rates whose gaps the samplers hold to better than a tenth.
const (
	minRate = 1e-6
	maxRate = 1e8
)
