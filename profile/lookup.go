package profile

import (
	"fmt"
	"slices"
	"strings"
)

// Support says how a looked-up service time relates to what was measured.
type Support string

// A service time is measured as such, lies between two measured batch sizes, or beyond them all.
const (
	Exact        Support = "measured"
	Interpolated Support = "interpolated"
	Extrapolated Support = "extrapolated"
)

// Bracket is the result of a lookup by batch size: the value is (1-Weight)*Low + Weight*High,
// quantile by quantile. Weight is 0 for an exact hit and above 1 for an extrapolation upwards.
type Bracket struct {
	Low, High *Service
	Weight    float64
	Support   Support
}

// Find returns the service point with exactly this key, or nil.
func (p *Profile) Find(k Key) *Service {
	for i := range p.Services {
		if p.Services[i].Key == k {
			return &p.Services[i]
		}
	}
	return nil
}

// AtBatch looks up k at a batch size that need not have been measured. It errs when no batch size of
// this key was measured, naming what the profile has for the stage.
func (p *Profile) AtBatch(k Key, batch int) (Bracket, error) {
	points := p.batches(k)
	if len(points) == 0 {
		return Bracket{}, p.Missing(k)
	}
	b, ok := along(points, batchOf, batch)
	switch {
	case ok && b.Support == Exact:
		return b, nil
	case points[0].OnlyBatch:
		return Bracket{}, fmt.Errorf("profile %q: %s runs batches of %d alone, its file fixes them; set batcher.max_batch = %[3]d and batcher.allowed_batch_sizes = [%[3]d]",
			p.Name, k.label(), points[0].Batch)
	case !ok:
		return Bracket{}, fmt.Errorf("profile %q has %s only at batch %d: a time at batch %d needs two batch sizes; profile more",
			p.Name, k.label(), points[0].Batch, batch)
	}
	return b, nil
}

// batches returns the points that differ from k in nothing but the batch size, by batch size.
func (p *Profile) batches(k Key) []*Service {
	var out []*Service
	for i := range p.Services {
		s := &p.Services[i]
		same := s.Key
		same.Batch = k.Batch
		if same == k && s.Batch > 0 {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b *Service) int { return a.Batch - b.Batch })
	if one := p.single(k); len(out) > 0 && out[0].Batch > 1 && one != nil {
		out = append([]*Service{one}, out...)
	}
	return out
}

// LargestBatch is the largest batch size that was measured of k, 1 where none was.
func (p *Profile) LargestBatch(k Key) int {
	points := p.batches(k)
	if len(points) == 0 {
		return 1
	}
	return points[len(points)-1].Batch
}

// single is the point of one request at a time, which has no batch size in its key, as a batch of 1.
func (p *Profile) single(k Key) *Service {
	k.Batch = 0
	point := p.Find(k)
	if point == nil {
		return nil
	}
	one := *point
	one.Batch = 1
	return &one
}

// InBatches says that a stage that can work on one request at a time was also measured with batches.
func (p *Profile) InBatches(k Key) bool {
	return k.Batch == 0 && len(p.batches(k)) > 1 && p.Find(k) != nil
}

// Ends gives the smallest and the largest transfer in a direction that was measured by size from or to
// pinned memory; nil when none was.
func (p *Profile) Ends(direction string) (smallest, largest *Service) {
	for i := range p.Services {
		s := &p.Services[i]
		if s.Stage != direction || s.SizeBytes == 0 || s.Memory != "" {
			continue
		}
		if smallest == nil || s.SizeBytes < smallest.SizeBytes {
			smallest = s
		}
		if largest == nil || s.SizeBytes > largest.SizeBytes {
			largest = s
		}
	}
	return smallest, largest
}

// Missing is the error for a key that must be in the profile and is not: it names what the profile does
// have for the stage.
func (p *Profile) Missing(k Key) error {
	var have []string
	for _, s := range p.Services {
		if s.Stage == k.Stage && s.Resource == k.Resource {
			if l := s.Key.label(); !slices.Contains(have, l) {
				have = append(have, l)
			}
		}
	}
	if len(have) == 0 {
		return fmt.Errorf("profile %q has no %s on %s at all; measure it with vsim profile", p.Name, k.Stage, k.Resource)
	}
	return fmt.Errorf("profile %q has no %s on %s; it has: %s", p.Name, k.label(), k.Resource, strings.Join(have, ", "))
}

// Label names a point for people.
func (k Key) Label() string {
	if k.Batch > 0 {
		return fmt.Sprintf("%s at batch %d", k.label(), k.Batch)
	}
	return k.label()
}

// label names a key without its batch size.
func (k Key) label() string {
	s := k.Stage
	if k.Broker != "" {
		s += " over " + k.Broker
	}
	for _, part := range []string{k.Image, k.Model} {
		if part != "" {
			s += " " + part
		}
	}
	if k.Threads > 0 {
		s += fmt.Sprintf(" (%d threads)", k.Threads)
	}
	if k.SizeBytes > 0 {
		s += fmt.Sprintf(" of %d bytes", k.SizeBytes)
	}
	if k.Memory != "" {
		s += ", " + k.Memory
	}
	return s
}
