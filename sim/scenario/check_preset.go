package scenario

import "reflect"

func (s *Scenario) checkPreset(d *decoder) {
	if s.CPU.Cores == 0 && s.sound("cpu.cores") {
		d.fault("cpu.cores", nil, "missing; give the machine's cores, or hardware = \"8gpu\" for a machine that vsim knows")
	}
	s.checkDevices(d)
	s.checkImages(d)
	s.checkChoices(d)
	s.checkServing(d)
	s.checkTimes(d)
}

func (s *Scenario) checkDevices(d *decoder) {
	p := s.Pipeline
	if s.GPU.Count == 0 && s.sound("gpu.count") {
		for _, k := range []struct{ key, device string }{{"pipeline.preprocessing", p.Preprocessing}, {"pipeline.inference", p.Inference}} {
			if k.device == "gpu" || k.device == "split" {
				d.fault(k.key, k.device, "the machine has no GPUs (gpu.count = 0); set it to \"cpu\" or add GPUs")
			}
		}
	}
	if (p.Preprocessing == "gpu" || p.Preprocessing == "split") && p.Inference == "cpu" {
		d.fault("pipeline.inference", "cpu", "GPU preprocessing with CPU inference is not modelled; set pipeline.preprocessing = \"cpu\"")
	}
}

func (s *Scenario) checkImages(d *decoder) {
	p := s.Pipeline
	if p.Image != "" && s.Given("pipeline.images") {
		d.fault("pipeline.image", p.Image, "stands beside pipeline.images; keep one of them")
	}
	if len(p.Images) == 0 {
		d.fault("pipeline.images", nil, "is empty; name at least one size")
	}
	seen := map[[2]string]bool{}
	for i := range p.Images {
		im, at := &p.Images[i], join("pipeline.images", itoa(i))
		key := [2]string{im.Size, s.modelOf(im)}
		switch {
		case seen[key]:
			d.fault(join(at, "size"), im.Size, "stands twice; give each size once, with its weight")
		case p.Preprocessing == "split" && im.decoded() == 0:
			d.fault(join(at, "decoded"), nil, "missing; the size of %q images is not known, and they cross the link decoded", im.Size)
		case p.Preprocessing == "gpu" && s.stagingBandwidth() > 0 && im.compressed() == 0:
			d.fault(join(at, "bytes"), nil, "missing; the size of %q images is not known, and a core copies them", im.Size)
		case p.Preprocessing != "none" && s.copies() > 0 && im.compressed() == 0:
			d.fault(join(at, "bytes"), nil, "missing; the size of %q images is not known, and server.copies = %d copies them", im.Size, s.copies())
		}
		if im.Model != "" && p.Preset == identifyPreset {
			d.fault(join(at, "model"), im.Model, "preset = %q has one model to detect, pipeline.model; remove it", identifyPreset)
		}
		switch levels := s.Batcher.PriorityLevels; {
		case im.Priority > 0 && levels == 0 && s.sound("batcher"):
			d.fault(join(at, "priority"), im.Priority, "has no effect without batcher.priority_levels; set it, or remove it")
		case im.Priority > max(levels, 1):
			d.fault(join(at, "priority"), im.Priority, "is beyond batcher.priority_levels = %d", levels)
		}
		seen[key] = true
	}
}

func (s *Scenario) checkServing(d *decoder) {
	p := s.Pipeline
	if s.Inference.IntraOpThreads > s.CPU.Cores && s.CPU.Cores > 0 {
		d.fault("inference.intra_op_threads", s.Inference.IntraOpThreads, "is more than cpu.cores = %d", s.CPU.Cores)
	}
	s.checkHuffman(d)
	s.checkHandingOn(d)
	if pre := s.Preprocess; pre != nil {
		onGPU := p.Preprocessing == "gpu" || p.Preprocessing == "split"
		if pre.Separate && !onGPU {
			d.fault("preprocess.separate", true, "preprocessing = %q does nothing on the GPU; set pipeline.preprocessing = \"gpu\" or \"split\"", p.Preprocessing)
		}
		if full := s.GPU.MemoryFull; pre.Separate && full == "wait" && pre.Memory > 0 && pre.Memory < p.Tensor*Bytes(pre.MaxBatch) {
			d.fault("preprocess.memory", string(mustText(pre.Memory)), "is less than a batch of %d inputs of %s, which would wait forever; raise it, lower preprocess.max_batch or set gpu.memory_full", pre.MaxBatch, mustText(p.Tensor))
		}
		if full := s.GPU.MemoryFull; pre.Separate && full != "" && full != "wait" && pre.Memory > 0 && pre.Memory < p.Tensor {
			d.fault("preprocess.memory", string(mustText(pre.Memory)), "is less than one input of %s: no request could be served", mustText(p.Tensor))
		}
		for _, key := range []string{"instances", "max_batch", "max_queue_delay", "memory"} {
			if key = join("preprocess", key); !pre.Separate && s.Given(key) {
				d.fault(key, nil, "has no effect without preprocess.separate = true")
			}
		}
	}
	if s.Memory.Full != "" && s.Memory.Capacity < p.Tensor {
		d.fault("memory.capacity", string(mustText(s.Memory.Capacity)), "is less than one input of %s: no request could be served", mustText(p.Tensor))
	}
	if s.Identify != nil && p.Preset != identifyPreset {
		d.fault("identify", nil, "has no effect with preset = %q; set pipeline.preset = %q", p.Preset, identifyPreset)
	}
	d.checkRules("batcher", &s.Batcher.QueueRules, s.Batcher.MaxBatch)
	s.checkAllowed(d, "batcher", s.Batcher.Allowed, s.Batcher.MaxBatch)
	if s.Identify != nil {
		s.checkAllowed(d, "identify", s.Identify.Allowed, s.Identify.MaxBatch)
	}
}

// checkHuffman checks what is said of the host's part of GPU preprocessing.
func (s *Scenario) checkHuffman(d *decoder) {
	const remedy = "has no effect with pipeline.preprocessing = %q, which decodes nothing on the GPU; set that to \"gpu\", or remove it"
	where := s.Pipeline.Preprocessing
	pre, t := s.Preprocess, s.Times
	if t != nil && t.Huffman != nil && where != "gpu" {
		d.fault("times.huffman", nil, remedy, where)
	}
	switch {
	case pre == nil || pre.Threads == 0:
	case where != "gpu":
		d.fault("preprocess.threads", pre.Threads, remedy, where)
	case pre.Threads > s.CPU.Cores && s.CPU.Cores > 0:
		d.fault("preprocess.threads", pre.Threads, "is more than cpu.cores = %d", s.CPU.Cores)
	}
}

// checkHandingOn checks that the steps around inference whose times are written are there.
func (s *Scenario) checkHandingOn(d *decoder) {
	t, p := s.Times, s.Pipeline
	if t == nil {
		return
	}
	if t.Launch != nil && p.Inference == "cpu" {
		d.fault("times.launch", nil, "has no effect with pipeline.inference = \"cpu\", which launches nothing on a GPU; remove it")
	}
	separate := s.Preprocess != nil && s.Preprocess.Separate
	if t.Forward != nil && p.Preprocessing != "cpu" && !separate {
		d.fault("times.forward", nil, "has no effect with pipeline.preprocessing = %q, whose images no stage hands on; set preprocess.separate = true with \"gpu\" or \"split\", or remove it", p.Preprocessing)
	}
}

// checkTimes checks that what [times] gives by class holds for all classes.
func (s *Scenario) checkTimes(d *decoder) {
	if len(d.faults) > 0 {
		return // the classes are in doubt
	}
	var classes []string
	for i := range s.Pipeline.Images {
		classes = append(classes, s.className(&s.Pipeline.Images[i]))
	}
	if s.Server != nil {
		d.services("server.overhead", classes, s.Server.Overhead)
	}
	if s.Times == nil {
		return
	}
	v := reflect.ValueOf(s.Times).Elem()
	for _, f := range fieldsOf(v.Type()) {
		d.services(join("times", f.name), classes, v.FieldByIndex(f.index).Interface().([]Service))
	}
}

func (d *decoder) services(key string, classes []string, list []Service) {
	switch {
	case list == nil: // the key is not given
	case len(list) == 0:
		d.fault(key, nil, "is an empty list; give a time, such as \"1ms\", or remove the key")
	default:
		d.byClass(key, classes, len(list), func(i int) string { return list[i].Class })
	}
}
