package validate

import (
	"cmp"
	"context"
	"slices"

	"vsim/experiments/load"
	"vsim/profile"
	"vsim/profile/device"
	"vsim/profile/measure"
	"vsim/sim"
	"vsim/sim/engine/batcher"
	"vsim/sim/predict"
	"vsim/sim/scenario"
)

// predictOwn predicts each live run once more, with the times that its parts took in that very run in place of the
// profile's. What is left between the two and the run is the model's error: of queues, batches and whatever else
// is not a service time. As the times were taken beside all others, they are simulated on cores enough for all.
//
// Left out are servers with a GPU, whose parts share more than cores, runs that cannot be predicted so, and after an interrupt all.
func (v *validation) predictOwn(ctx context.Context, f *forecast) {
	v.own = map[*Case][]*sim.Prediction{}
	for _, c := range v.ran() {
		if !onGPU(c.Scenario) {
			v.own[c] = v.ownTimes(ctx, f, c)
		}
	}
}

// ownTimes are the predictions of a case's live runs, nil where one of them cannot be had.
func (v *validation) ownTimes(ctx context.Context, f *forecast, c *Case) (out []*sim.Prediction) {
	apart := apart(c)
	for _, r := range v.results[c] {
		own, err := recorded(f.profile, v.servicesOf(c, r))
		if err != nil {
			return nil
		}
		p, err := own.predict(ctx, apart)
		if err != nil || p.Verdict == predict.Overloaded {
			return nil
		}
		out = append(out, p)
	}
	return out
}

// apart is a case's scenario with cores enough for all.
func apart(c *Case) *scenario.Scenario {
	s := *c.Scenario
	s.CPU.Cores = plenty
	return &s
}

// plenty of cores: as many as the scenario language allows.
const plenty = 4096

// recorded is a forecast whose times are those of a live run, and without slow-downs or what pauses cost: both are in them. Batch sizes that did not occur
// keep the profile's times.
func recorded(measured *profile.Profile, own []profile.Service) (*forecast, error) {
	p := *measured
	p.Services, p.Contention, p.AfterIdles = slices.Clone(p.Services), nil, nil
	for _, service := range own {
		if at := slices.IndexFunc(p.Services, func(s profile.Service) bool { return s.Key == service.Key }); at >= 0 {
			p.Services[at] = service
		} else {
			p.Services = append(p.Services, service)
		}
	}
	p.Entries = profile.Entries{Service: len(p.Services), Energy: len(p.Energy), Footprint: len(p.Footprints)}
	text, err := p.Encode()
	return &forecast{&p, text, map[*Case]*sim.Prediction{}}, err
}

// servicesOf are the times of a live run: of this session, or as they were kept.
func (v *validation) servicesOf(c *Case, r *load.Result) []profile.Service {
	if kept, ok := v.kept[r]; ok {
		return kept
	}
	return servicesOf(c.Scenario, r)
}

// servicesOf are the times of a live run on the CPU as a profile has them, in the order of their keys.
func servicesOf(s *scenario.Scenario, r *load.Result) (out []profile.Service) {
	for key, samples := range samplesOf(s, r) {
		out = append(out, measure.Service(key, samples))
	}
	slices.SortFunc(out, func(a, b profile.Service) int {
		return cmp.Or(cmp.Compare(a.Stage, b.Stage), cmp.Compare(a.Image, b.Image), cmp.Compare(a.Batch, b.Batch))
	})
	return out
}

// samplesOf sorts what the requests of a live run on the CPU spent in each part by the profile's keys, nanoseconds. Copying
// and postprocessing stand in a profile by the picture.
func samplesOf(s *scenario.Scenario, r *load.Result) map[profile.Key][]float64 {
	out := map[profile.Key][]float64{}
	for part, stage := range r.Stages {
		for _, served := range r.Served {
			if key, pictures, ok := keyOf(s, stage.Name, served); ok {
				out[key] = append(out[key], float64(served.SpansNs[part])/float64(pictures))
			}
		}
	}
	for key, samples := range out {
		if key.Stage == device.Infer {
			out[key] = oncePerBatch(samples)
		}
	}
	return out
}

// keyOf is the profile's key of a part of a request's way, and of how many pictures its span tells; not ok for queues.
func keyOf(s *scenario.Scenario, part string, r load.Served) (key profile.Key, pictures int, ok bool) {
	key = profile.Key{Stage: part, Resource: s.Pipeline.Inference}
	switch part {
	case device.Decode, device.Resize:
		key.Image = s.Pipeline.Images[r.Class].Size
		return key, 1, true
	case device.Infer:
		key.Model, key.Threads = s.Pipeline.Model, s.Inference.IntraOpThreads
		key.Batch = batcher.Padded(s.Batcher.Allowed, r.Batch)
		return key, 1, true
	case device.Copy, device.Post:
		key.Model = s.Pipeline.Model
		return key, r.Batch, true
	}
	return key, 0, false
}

// oncePerBatch takes one of the samples that the requests of a batch have in common: they are equal to the nanosecond.
func oncePerBatch(samples []float64) []float64 {
	slices.Sort(samples)
	return slices.Compact(samples)
}
