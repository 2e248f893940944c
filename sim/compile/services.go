package compile

import (
	"errors"
	"fmt"
	"strings"

	"vsim/profile"
	"vsim/sim/engine"
	"vsim/sim/engine/random"
	"vsim/sim/scenario"
	"vsim/sim/topology"
)

// times are the times of one step, the same in all its places.
type times struct {
	service engine.Service
	latency *engine.Service // fixed time before it; nil when there is none
}

// times makes a step's times for all classes.
func (b *builder) times(p *plan, step *plannedStep) times {
	if b.inBatches(step) {
		whole := *step.Step
		whole.Each = false
		step = &plannedStep{Step: &whole, key: step.key, byName: step.byName, device: step.device, kind: step.kind}
	}
	t := times{service: engine.Service{PerItem: step.Each}}
	latency := engine.Service{PerItem: step.Each}
	fixed := false
	for _, service := range b.byClass(step.Service) {
		r := b.row(p, step, service)
		t.service.At = append(t.service.At, r.times)
		latency.At = append(latency.At, r.latency)
		fixed = fixed || r.fixed
	}
	if fixed {
		t.latency = &latency
	}
	return t
}

// inBatches says that a step that is done for each request of a batch was measured with whole batches (a
// GPU decodes many images side by side). With classes of different images a batch is a mix that was not
// measured, and takes the sum of its images one by one. Several threads take images, not batches.
func (b *builder) inBatches(step *plannedStep) bool {
	if !step.Each || step.Threads > 1 || step.device == nil || len(b.byClass(step.Service)) > 1 {
		return false
	}
	s, l := &step.Service[0], b.profileOf(step.device)
	return s.ProfileStage != "" && l != nil && l.InBatches(b.profileKey(step, s))
}

// byClass gives the service of every class, or the one for all. A class that the stage does not serve
// gets that of another.
func (b *builder) byClass(list []scenario.Service) (out []*scenario.Service) {
	if list[0].Class == "" {
		return []*scenario.Service{&list[0]}
	}
	for _, c := range b.sys.Classes {
		of := &list[0]
		for i := range list {
			if list[i].Class == c.Name {
				of = &list[i]
			}
		}
		out = append(out, of)
	}
	return out
}

// row is the times of one class by batch size.
type row struct {
	times, latency []*random.Sampler
	fixed          bool // there is a latency
}

// row makes the times of a step for one class.
func (b *builder) row(p *plan, step *plannedStep, s *scenario.Service) row {
	sizes := []int{1}
	if !step.Each {
		sizes = b.sizesOf(p, step)
	}
	r := row{latency: make([]*random.Sampler, len(sizes))}
	switch {
	case step.Work() != nil:
		r.times = b.messages(step, step.Work(), sizes)
	case s.Inline():
		r.times = b.inlineByBatch(step.at(), &s.Distribution, sizes)
	case s.Bytes > 0 && !b.has(step, s):
		r.times = b.transfers(step, s, len(sizes))
		if l := step.device.spec.Latency; l > 0 && !step.Reload {
			return r.with(b.constant(step.at(), l.Ns()))
		}
	case s.ProfileStage != "" && step.device.spec.Type == "link" && !b.has(step, s):
		b.fault(step.at(), fmt.Errorf("the bytes of %s are not known, nor does a profile have their transfer; write bytes", strings.TrimSpace(s.Image+" requests")))
	case step.Each:
		r.times = []*random.Sampler{b.single(step, b.profileKey(step, s))}
	default:
		r.times = b.byBatch(p, step, b.profileKey(step, s), sizes)
	}
	return r.with(nil)
}

// with fills in the fixed time of a transfer; nil is none.
func (r row) with(latency *random.Sampler) row {
	r.fixed = latency != nil
	if latency == nil {
		latency = noTime
	}
	for i := range r.latency {
		r.latency[i] = latency
	}
	return r
}

var noTime = func() *random.Sampler {
	s, err := random.Constant(0)
	if err != nil {
		panic(err) // 0 is a constant
	}
	return s
}()

// profileResource is the resource under which profiles have the stages of a type of resource.
func profileResource(typ string) string {
	if typ == "engine" {
		return "gpu"
	}
	return typ
}

func (b *builder) profileKey(step *plannedStep, s *scenario.Service) profile.Key {
	return profile.Key{Stage: s.ProfileStage, Resource: profileResource(step.device.spec.Type), Image: s.Image, Model: s.Model, Threads: s.Threads}
}

// has says that the profile has a point for a service that could do without.
func (b *builder) has(step *plannedStep, s *scenario.Service) bool {
	l := b.profileOf(step.device)
	if s.ProfileStage == "" || l == nil {
		return false
	}
	k := b.profileKey(step, s)
	if step.Each {
		return l.Find(k) != nil
	}
	_, err := l.AtBatch(k, 1)
	return err == nil
}

// transfers makes the times of moving so many bytes for each request of a batch. To load evicted
// requests again is one step with its latency, since they count as loaded after the first.
func (b *builder) transfers(step *plannedStep, s *scenario.Service, sizes int) []*random.Sampler {
	b.mark(topology.Inline)
	out := make([]*random.Sampler, sizes)
	for i := range out {
		ns := float64(i+1) * float64(s.Bytes) / float64(step.device.spec.Bandwidth) * 1e9
		if step.Reload {
			ns += step.device.spec.Latency.Ns()
		}
		out[i] = b.constant(step.at(), ns)
	}
	return out
}

func (b *builder) constant(key string, ns float64) *random.Sampler {
	s, err := random.Constant(ns)
	if err != nil {
		b.fault(key, err)
	}
	return s
}

// inlineByBatch makes the samplers of a distribution for the sizes at which batches of 1, 2, ... are run. Only the
// mean depends on the size, so one table is made, of the largest, and scaled.
func (b *builder) inlineByBatch(key string, d *scenario.Distribution, sizes []int) []*random.Sampler {
	most := sizes[len(sizes)-1]
	largest, err := b.inlineAt(d, most)
	if err != nil {
		b.fault(key, err)
	}
	return atEach(sizes, func(size int) *random.Sampler {
		b.markInline(key, d, size)
		if d.MeanNs(size) == d.MeanNs(most) || largest == nil {
			return largest
		}
		scaled, err := random.Scale(largest, d.MeanNs(size)/d.MeanNs(most))
		if err != nil {
			b.fault(key, err)
		}
		return scaled
	})
}

// inlineAt makes the sampler of a written time of a batch.
func (b *builder) inlineAt(d *scenario.Distribution, batch int) (*random.Sampler, error) {
	if d.MeanAlone() {
		return b.mean(d.MeanNs(batch))
	}
	return d.Sampler(batch)
}

// markInline notes how a written time is known, and that a table must not be left without leave.
func (b *builder) markInline(key string, d *scenario.Distribution, batch int) {
	switch d.Support(batch) {
	case profile.Exact:
		b.mark(topology.Inline)
	case profile.Interpolated:
		b.mark(topology.Interpolated)
	default:
		b.mark(topology.Extrapolated)
		if !b.s.Scaling.AllowExtrapolation {
			b.fault(key, errors.New("its table does not reach the stage's batch sizes; add sizes 1 and max_batch (or the images of the largest request) to it, lower max_batch, or set scaling.allow_extrapolation = true"))
		}
	}
}
