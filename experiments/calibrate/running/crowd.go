package running

import (
	"context"

	"vsim/sim"
	"vsim/sim/scenario"
)

// A crowd is many clients with requests of one image each, of which the server makes batches. Such a batch takes longer than a single
// request of as many images: its inputs are put together and its answers taken apart.

// crowdSize is how many clients of one image each keep all instances busy with full batches; 0 where batches are not made of requests, or
// where the rules of the queue may refuse one.
func (s *served) crowdSize(instances int) int {
	if s.maxBatch() == 1 || len(s.steps) > 1 {
		return 0
	}
	d := s.configs[s.steps[0]].GetDynamicBatching()
	if p := d.GetDefaultQueuePolicy(); d == nil || d.PriorityLevels > 0 || p.GetMaxQueueSize() > 0 || p.GetDefaultTimeoutMicroseconds() > 0 {
		return 0
	}
	return 2 * instances * s.maxBatch()
}

// crowd says that a burst's requests are put together by the server.
func (b *burst) crowd() bool { return b.Clients > 1 && b.Images == 1 && b.Pause == 0 }

// requests finds out what a further request in a batch takes: what is left of a crowd's time when it is predicted with everything else.
func (r *Calibration) requests(bursts []*burst) error {
	crowd := fewestInstances(bursts)
	if len(crowd) == 0 || len(r.Steps) > 1 || r.maxBatch == 1 {
		return nil
	}
	live, batches, images := 0.0, 0.0, 0.0
	for _, b := range crowd {
		c := b.Counted[r.Steps[0].Model]
		live += b.intervalNs() / float64(len(crowd))
		batches, images = batches+float64(c.Executions), images+float64(c.Images)
	}
	further := 1 - batches/images // requests beyond the first of their batch, of all
	if further <= 0 {
		return nil
	}
	for range 4 {
		source, err := r.Source(crowd[0].configs, Workload{Clients: crowd[0].Clients})
		if err != nil {
			return err
		}
		p, err := sim.Predict(context.Background(), source, sim.Options{NoWhatIf: true, NoPI: true})
		if err != nil {
			return err
		}
		each := (live - 1e9/p.ThroughputRPS.Value) * float64(crowd[0].Instances) / further
		r.Steps[0].RequestNs = max(r.Steps[0].RequestNs+each, 0)
	}
	return nil
}

// fewestInstances are the crowds before the smallest number of instances.
func fewestInstances(bursts []*burst) (out []*burst) {
	for _, b := range bursts {
		switch {
		case !b.crowd():
		case len(out) == 0 || b.Instances == out[0].Instances:
			out = append(out, b)
		case b.Instances < out[0].Instances:
			out = []*burst{b}
		}
	}
	return out
}

// gatherStage is the step that puts requests together and takes their answers apart.
const gatherStage = "gather"

// gather is that step for batches of requests of so many images each; ok is false where it takes no time.
func (s *Step) gather(device string, images, largest int) (step scenario.Step, ok bool) {
	if s.RequestNs == 0 || 2*images > largest {
		return step, false
	}
	d := scenario.Distribution{Dist: "table", Batches: []int{images}, Means: []scenario.Duration{1}}
	for _, n := range []int{2 * images, largest} {
		if n > d.Batches[len(d.Batches)-1] {
			d.Batches = append(d.Batches, n)
			d.Means = append(d.Means, scenario.Duration(s.RequestNs*(float64(n)/float64(images)-1)))
		}
	}
	return scenario.Step{Name: gatherStage, Resource: device, Service: []scenario.Service{{Distribution: d}}}, true
}
