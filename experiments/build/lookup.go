package build

import (
	"errors"
	"fmt"
	"slices"

	"vsim/profile"
	"vsim/sim"
	"vsim/sim/random"
)

// supportCount counts the batch sizes of a stage by how the profile supports them.
type supportCount struct{ exact, interpolated, extrapolated int }

// from returns the profile of a resource and notes that it was used; a fault when there is none.
func (b *builder) from(resource string) *loaded {
	l := b.profiles.of(resource)
	if l == nil {
		key := "profile"
		if resource == "gpu" {
			b.fault(key, errors.New("no profile gives the times of the GPU's stages; name one with gpu.profile or --profile FILE"))
			return nil
		}
		b.fault(key, errors.New("no profile gives the times of the "+resource+
			"'s stages; measure this machine with vsim profile --cpu -o FILE and pass it with --profile FILE"))
		return nil
	}
	if !slices.Contains(b.used, l) {
		b.used = append(b.used, l)
	}
	return l
}

// offers says whether the resource's profile has a point for a stage that is not needed.
func (b *builder) offers(k profile.Key) bool {
	l := b.profiles.of(k.Resource)
	return l != nil && l.Find(k) != nil
}

// single looks up a stage that works on one request at a time.
func (b *builder) single(key string, k profile.Key) *random.Sampler {
	l := b.from(k.Resource)
	if l == nil {
		return nil
	}
	point := l.Find(k)
	if point == nil {
		b.fault(key, l.Missing(k))
		return nil
	}
	s, err := b.sampler(point)
	if err != nil {
		b.fault("profile", fmt.Errorf("profile %q: %w", l.Name, err))
	}
	return s
}

// perImage is a step whose time depends on the image size: one draw for each request of a batch.
func (b *builder) perImage(stage, resource string) sim.Service {
	service := sim.Service{PerItem: true}
	for _, im := range b.s.Pipeline.Images {
		s := b.single("pipeline.images", profile.Key{Stage: stage, Resource: resource, Image: im.Size})
		service.At = append(service.At, []*random.Sampler{s})
	}
	return service
}

// perRequest is a step that takes the same for every request.
func (b *builder) perRequest(k profile.Key) sim.Service {
	return sim.Service{PerItem: true, At: [][]*random.Sampler{{b.single("profile", k)}}}
}

// byBatch is a step with one time for a whole batch, for all sizes up to the batcher's limit.
func (b *builder) byBatch(k profile.Key) sim.Service {
	l := b.from(k.Resource)
	if l == nil {
		return sim.Service{}
	}
	count := &supportCount{}
	row := make([]*random.Sampler, b.s.Batcher.MaxBatch)
	for i := range row {
		s, err := b.atBatch(l, k, i+1, count)
		if err != nil {
			b.fault(errorKey(err), err)
			break
		}
		row[i] = s
	}
	b.supports[k.Stage] = count
	return sim.Service{At: [][]*random.Sampler{row}}
}

// errBeyond is a batch size that the profile does not reach.
type errBeyond struct{ error }

// errorKey names the key to change for a failed lookup by batch.
func errorKey(err error) string {
	var beyond errBeyond
	if errors.As(err, &beyond) {
		return "batcher.max_batch"
	}
	return "profile"
}

func (b *builder) atBatch(l *loaded, k profile.Key, batch int, count *supportCount) (*random.Sampler, error) {
	bracket, err := l.AtBatch(k, batch)
	if err != nil {
		return nil, err
	}
	switch bracket.Support {
	case profile.Exact:
		count.exact++
		return b.sampler(bracket.Low)
	case profile.Interpolated:
		count.interpolated++
		return b.between(bracket)
	}
	count.extrapolated++
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
	s, err := random.Constant(p.MeanNs)
	if len(p.QuantilesNs) > 0 {
		s, err = random.Empirical(p.Probabilities, p.QuantilesNs, p.MeanNs)
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

// beyond stretches the nearest point to the mean on the line through the two.
func (b *builder) beyond(br profile.Bracket) (*random.Sampler, error) {
	mean := (1-br.Weight)*br.Low.MeanNs + br.Weight*br.High.MeanNs
	nearest := br.High
	if br.Weight < 0 {
		nearest = br.Low
	}
	if mean <= 0 {
		return nil, fmt.Errorf("extrapolating %s from batches %d and %d gives a time of %.0f ns; profile more batch sizes",
			br.Low.Stage, br.Low.Batch, br.High.Batch, mean)
	}
	s, err := b.sampler(nearest)
	if err != nil {
		return nil, err
	}
	return random.Scale(s, mean/nearest.MeanNs)
}
