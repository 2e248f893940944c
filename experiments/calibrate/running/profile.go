package running

import (
	"time"

	"gonum.org/v1/gonum/stat"

	"vsim/profile"
	"vsim/profile/measure"
	"vsim/profile/measure/machine"
)

// inferStage is the stage of inferences in the profile.
const inferStage = "infer"

// Profile is the inferences of a calibration as a profile: their spread by batch size, and what pauses cost.
func (r *Calibration) Profile() *profile.Profile {
	p := &profile.Profile{Schema: profile.Schema, Name: r.Model, Origin: profile.Measured}
	p.Provenance = profile.Provenance{Date: r.Began.UTC().Format(time.RFC3339), Vsim: machine.Build(), Complete: true,
		Notes: []string{"inferences of model " + r.Model + " as " + r.Server + " counts them"}}
	if r.local {
		p.Provenance.CPU, p.Provenance.Cores, p.Provenance.OS = machine.CPU(), machine.Cores(), machine.OS()
	}
	for i := range r.Steps {
		s := &r.Steps[i]
		resource := r.device(s.Model)
		for k := range s.Sizes {
			p.Services = append(p.Services, s.Sizes[k].service(profile.Key{Stage: inferStage, Resource: resource, Model: s.Model, Batch: s.Sizes[k].Batch}))
		}
	}
	slowest := r.slowest()
	for _, x := range r.Rests {
		p.AfterIdles = append(p.AfterIdles, profile.AfterIdle{Key: profile.Key{Stage: inferStage, Resource: r.device(slowest.Model), Model: slowest.Model, Batch: 1},
			IdleNs: max(x.IdleNs, 1), ExtraNs: x.ExtraNs, BaseNs: x.BaseNs, N: x.N})
	}
	return p
}

// slowest is the model that takes longest for an image.
func (r *Calibration) slowest() *Step {
	best := &r.Steps[0]
	for i := range r.Steps {
		if s := &r.Steps[i]; s.Sizes[0].InferNs > best.Sizes[0].InferNs {
			best = s
		}
	}
	return best
}

// service is the point of a profile of one batch size.
func (s *Size) service(k profile.Key) profile.Service {
	var all, means []float64
	var counts []int
	for _, burst := range s.SamplesNs {
		all = append(all, burst...)
		means, counts = append(means, stat.Mean(burst, nil)), append(counts, len(burst))
	}
	if len(all) == 0 {
		all = []float64{s.InferNs}
	}
	point := measure.Service(k, all)
	point.MeanNs = s.InferNs
	if len(means) > 1 {
		point.BurstMeansNs, point.BurstN = means, counts
	}
	return point
}

// device is the kind of resource that a model executes on.
func (r *Calibration) device(model string) string {
	if onGPU(r.configs[model]) {
		return "gpu"
	}
	return "cpu"
}
