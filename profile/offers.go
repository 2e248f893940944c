package profile

import "slices"

// What a profile has to offer, in its own order, for whoever has to choose from it.

// Models lists the models whose inference on a resource it has.
func (p *Profile) Models(resource string) (out []string) {
	for _, s := range p.Services {
		if s.Stage == "infer" && s.Resource == resource && s.Model != "" && !slices.Contains(out, s.Model) {
			out = append(out, s.Model)
		}
	}
	return out
}

// Images lists the image sets whose decoding on a resource it has.
func (p *Profile) Images(resource string) (out []string) {
	for _, s := range p.Services {
		if s.Stage == "decode" && s.Resource == resource && s.Image != "" && !slices.Contains(out, s.Image) {
			out = append(out, s.Image)
		}
	}
	return out
}

// Threads lists the numbers of intra-op threads that a model's inference on the CPU was measured with, ascending.
func (p *Profile) Threads(model string) (out []int) {
	for _, s := range p.Services {
		if s.Stage == "infer" && s.Resource == "cpu" && s.Model == model && !slices.Contains(out, s.Threads) {
			out = append(out, s.Threads)
		}
	}
	slices.Sort(out)
	return out
}

// Has tells whether it has any figure of a resource. What brokers use of a CPU is a figure of brokers.
func (p *Profile) Has(resource string) bool {
	return slices.ContainsFunc(p.Services, func(s Service) bool {
		return s.Resource == resource && (s.Broker == "" || resource == "broker")
	})
}

// Reaches tells whether k was measured at several batch sizes, or at one that is not 0.
func (p *Profile) Reaches(k Key) bool { return len(p.batches(k)) > 0 }

// TensorOf is the size of a model's input of one picture, in bytes; 0 where it is not known.
func (p *Profile) TensorOf(model string) int {
	for _, f := range p.Footprints {
		if f.Of == TensorOf && f.Model == model {
			return f.SizeBytes
		}
	}
	return 0
}

// OnlyBatch is the one size of batches that a model runs on a resource; 0 where it runs any, or nobody knows.
func (p *Profile) OnlyBatch(model, resource string) int {
	for _, s := range p.Services {
		if s.OnlyBatch && s.Model == model && s.Resource == resource {
			return s.Batch
		}
	}
	return 0
}

// SizeOf is the average size of a kind of footprint of an image set, in bytes; 0 where it is not known.
func (p *Profile) SizeOf(of, image string) int {
	for _, f := range p.Footprints {
		if f.Of == of && f.Image == image {
			return f.SizeBytes
		}
	}
	return 0
}

// HasMessages says that a stage of a broker was measured, of messages of any size and number; Find and AtMessage say more of k.
func (p *Profile) HasMessages(k Key) bool {
	return slices.ContainsFunc(p.Services, func(s Service) bool {
		return s.Stage == k.Stage && s.Resource == k.Resource && s.Broker == k.Broker && s.SizeBytes > 0
	})
}
