package compile

import (
	"errors"
	"fmt"
	"slices"

	"vsim/profile"
	"vsim/sim/engine/random"
	"vsim/sim/scenario"
)

// from returns the profile of a step's device and notes that it was used; a fault when there is none.
func (b *builder) from(step *plannedStep) *scenario.Measurement {
	l := b.profileOf(step.device)
	if l == nil {
		resource := profileResource(step.device.spec.Type)
		if resource == "gpu" {
			b.fault("profile", errors.New("no profile gives the times of the GPU's stages; name one with gpu.profile or --profile FILE"))
			return nil
		}
		b.fault("profile", errors.New("no profile gives the times of the "+resource+
			"'s stages; measure this machine with vsim profile --cpu -o FILE and pass it with --profile FILE"))
		return nil
	}
	if !slices.Contains(b.used, l) {
		b.used = append(b.used, l)
	}
	return l
}

// profileOf returns the profile that serves a device, or nil.
func (b *builder) profileOf(d *device) *scenario.Measurement {
	return b.profiles.of(profileResource(d.spec.Type), d.spec.Profile)
}

// offers says whether the profile has a point for an optional step.
func (b *builder) offers(d *device, step *scenario.Step) bool {
	planned := &plannedStep{Step: step, device: d}
	for i := range step.Service {
		if s := &step.Service[i]; s.ProfileStage == "" || d != nil && b.has(planned, s) {
			return true
		}
	}
	return false
}

// single looks up a stage that works on one request at a time.
func (b *builder) single(step *plannedStep, k profile.Key) *random.Sampler {
	l := b.from(step)
	if l == nil {
		return nil
	}
	point := l.Find(k)
	if point == nil {
		b.missing(step, l.Missing(k))
		return nil
	}
	b.markPoint(l, profile.Exact)
	s, err := b.sampler(point)
	if err != nil {
		b.fault("profile", fmt.Errorf("profile %q: %w", l.Name, err))
	}
	return s
}

// byBatch looks up one time for a whole batch, at the sizes at which batches of 1, 2, ... are run.
func (b *builder) byBatch(p *plan, step *plannedStep, k profile.Key, sizes []int) []*random.Sampler {
	l := b.from(step)
	if l == nil {
		return make([]*random.Sampler, len(sizes))
	}
	return atEach(sizes, func(size int) *random.Sampler {
		s, err := b.atBatch(l, k, size)
		if err != nil {
			if errors.As(err, new(errBeyond)) {
				b.fault(p.sizeKey(step, size), err)
			} else {
				b.missing(step, err)
			}
		}
		return s
	})
}

// missing notes that the profile has no time of a step, and where one could be written instead: presets have none.
func (b *builder) missing(step *plannedStep, err error) {
	if !b.s.IsGeneral() {
		b.fault(step.at(), err)
		return
	}
	b.faultWith(step.Blame(step.byName), err, `write a time there, such as "2ms", or name a profile that has it`)
}

// errBeyond is a batch size that the profile does not reach.
type errBeyond struct{ error }

func (b *builder) atBatch(l *scenario.Measurement, k profile.Key, batch int) (*random.Sampler, error) {
	bracket, err := l.AtBatch(k, batch)
	if err != nil {
		return nil, err
	}
	b.markPoint(l, bracket.Support)
	switch bracket.Support {
	case profile.Exact:
		return b.sampler(bracket.Low)
	case profile.Interpolated:
		return b.between(bracket)
	}
	if !b.s.Scaling.AllowExtrapolation {
		return nil, errBeyond{fmt.Errorf("a batch of %d is beyond what profile %q has of %s %s (batches %d and %d are the nearest); change it, profile more batch sizes, or set scaling.allow_extrapolation = true",
			batch, l.Name, k.Stage, k.Model, bracket.Low.Batch, bracket.High.Batch)}
	}
	return b.beyond(bracket)
}

// sampler draws from a point's distribution; a published point without quantiles is a constant. Each
// point's table is made once.
func (b *builder) sampler(p *profile.Service) (*random.Sampler, error) {
	if s, ok := b.samplers[p]; ok {
		return s, nil
	}
	var s *random.Sampler
	var err error
	if len(p.QuantilesNs) > 0 {
		s, err = random.Empirical(p.Probabilities, p.QuantilesNs, p.MeanNs)
	} else {
		s, err = b.mean(p.MeanNs)
	}
	if err != nil {
		return nil, fmt.Errorf("the profile's %s at batch %d cannot be used: %w", p.Stage, p.Batch, err)
	}
	b.samplers[p] = s
	return s, nil
}

// between interpolates two points quantile by quantile.
func (b *builder) between(br profile.Bracket) (*random.Sampler, error) {
	low, err := b.sampler(br.Low)
	if err != nil {
		return nil, err
	}
	high, err := b.sampler(br.High)
	if err != nil {
		return nil, err
	}
	return random.Interpolate(low, high, br.Weight)
}

// beyond stretches the nearest point to the mean on the line through the two. A larger batch takes no less
// time than a smaller one: where the line falls, which is noise, the nearest point is used as it is.
func (b *builder) beyond(br profile.Bracket) (*random.Sampler, error) {
	nearest := br.High
	if br.Weight < 0 {
		nearest = br.Low
	}
	s, err := b.sampler(nearest)
	if err != nil {
		return nil, err
	}
	if br.High.MeanNs < br.Low.MeanNs {
		b.noteFalling(br)
		return s, nil
	}
	mean := (1-br.Weight)*br.Low.MeanNs + br.Weight*br.High.MeanNs
	if mean <= 0 {
		return nil, fmt.Errorf("extrapolating %s from batches %d and %d gives a time of %.0f ns; profile more batch sizes",
			br.Low.Stage, br.Low.Batch, br.High.Batch, mean)
	}
	return random.Scale(s, mean/nearest.MeanNs)
}
