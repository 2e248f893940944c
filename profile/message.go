package profile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// AtMessage looks up a stage of a broker, whose key says all but SizeBytes and Batch, for requests of batch messages of sizeBytes
// each, neither of which need have been measured. Between sizes and between batches times go linearly, quantile by quantile: what a
// request costs goes with its messages and its bytes. Beyond what was measured it goes on along the batches of that size or,
// where it has no two, along the sizes of that batch. It errs where neither can be, naming what the profile has.
//
// Low and High of the result may be of a size between those that were measured; then they stand in no profile.
func (p *Profile) AtMessage(k Key, sizeBytes, batch int) (Bracket, error) {
	points := p.messages(k)
	if len(points) == 0 {
		return Bracket{}, p.Missing(k)
	}
	ofSize := across(points, batchOf, sizeOf, sizeBytes)
	b, ok := along(ofSize, batchOf, batch)
	if ok && b.Support != Extrapolated {
		return p.measuredOrMixed(b), nil
	}
	if ok {
		return b, nil
	}
	if b, ok := along(across(points, sizeOf, batchOf, batch), sizeOf, sizeBytes); ok {
		return b, nil
	}
	return Bracket{}, fmt.Errorf("profile %q has %s only %s: %d messages of %d bytes need more sizes and batches; profile more with vsim profile --broker %s --message-size",
		p.Name, k.label(), measuredAt(points), batch, sizeBytes, k.Broker)
}

// measuredOrMixed says that a point is interpolated that stands in no profile.
func (p *Profile) measuredOrMixed(b Bracket) Bracket {
	if b.Support == Exact && p.Find(b.Low.Key) == nil {
		b.Support = Interpolated
	}
	return b
}

func sizeOf(s *Service) int  { return s.SizeBytes }
func batchOf(s *Service) int { return s.Batch }

// messages are the points that differ from k in nothing but the size and the number of messages.
func (p *Profile) messages(k Key) (out []*Service) {
	for i := range p.Services {
		s := &p.Services[i]
		same := s.Key
		same.Batch, same.SizeBytes = k.Batch, k.SizeBytes
		if same == k && s.Batch > 0 && s.SizeBytes > 0 {
			out = append(out, s)
		}
	}
	return out
}

// across gives for each value of one property the point at x of the other, where x was measured or lies between two that were.
func across(points []*Service, one, other func(*Service) int, x int) (out []*Service) {
	rows := map[int][]*Service{}
	for _, s := range points {
		rows[one(s)] = append(rows[one(s)], s)
	}
	for _, row := range rows {
		switch b, ok := along(row, other, x); {
		case !ok || b.Support == Extrapolated:
		case b.Support == Exact:
			out = append(out, b.Low)
		default:
			out = append(out, b.mixed())
		}
	}
	return out
}

// along finds the two points nearest to x by a property that no two share; not ok where that would take more points than there are.
func along(points []*Service, property func(*Service) int, x int) (b Bracket, ok bool) {
	slices.SortFunc(points, func(a, b *Service) int { return cmp.Compare(property(a), property(b)) })
	i, found := slices.BinarySearchFunc(points, x, func(s *Service, x int) int { return cmp.Compare(property(s), x) })
	switch {
	case found:
		return Bracket{Low: points[i], High: points[i], Support: Exact}, true
	case len(points) < 2:
		return Bracket{}, false
	}
	support := Interpolated
	switch i {
	case 0:
		i, support = 1, Extrapolated
	case len(points):
		i, support = len(points)-1, Extrapolated
	}
	low, high := points[i-1], points[i]
	w := float64(x-property(low)) / float64(property(high)-property(low))
	return Bracket{Low: low, High: high, Weight: w, Support: support}, true
}

// mixed is the point between two that a bracket means, at a weight from 0 to 1.
func (b Bracket) mixed() *Service {
	w := b.Weight
	mix := func(low, high float64) float64 { return (1-w)*low + w*high }
	out := *b.Low
	out.SizeBytes = int(mix(float64(b.Low.SizeBytes), float64(b.High.SizeBytes)) + 0.5)
	out.Batch = int(mix(float64(b.Low.Batch), float64(b.High.Batch)) + 0.5)
	out.N = min(b.Low.N, b.High.N)
	out.MeanNs, out.SDNs = mix(b.Low.MeanNs, b.High.MeanNs), mix(b.Low.SDNs, b.High.SDNs)
	for i := range out.MeanCI95Ns {
		out.MeanCI95Ns[i] = mix(b.Low.MeanCI95Ns[i], b.High.MeanCI95Ns[i])
	}
	out.BurstMeansNs, out.BurstN = nil, nil
	out.Probabilities = slices.Concat(b.Low.Probabilities, b.High.Probabilities)
	slices.Sort(out.Probabilities)
	out.Probabilities = slices.Compact(out.Probabilities)
	out.QuantilesNs = make([]float64, len(out.Probabilities))
	for i, p := range out.Probabilities {
		out.QuantilesNs[i] = mix(b.Low.quantileOrMean(p), b.High.quantileOrMean(p))
	}
	return &out
}

// quantileOrMean takes a point without quantiles, a published one, as a constant.
func (s *Service) quantileOrMean(p float64) float64 {
	if len(s.QuantilesNs) == 0 {
		return s.MeanNs
	}
	return s.quantile(p)
}

// measuredAt lists sizes and batches for people: "of 10000 bytes at batch 1, 5; of 100000 bytes at batch 1".
func measuredAt(points []*Service) string {
	sorted := slices.SortedFunc(slices.Values(points), func(a, b *Service) int {
		return cmp.Or(cmp.Compare(a.SizeBytes, b.SizeBytes), cmp.Compare(a.Batch, b.Batch))
	})
	var out strings.Builder
	size := 0
	for i, s := range sorted {
		switch {
		case s.SizeBytes == size:
			fmt.Fprintf(&out, ", %d", s.Batch)
			continue
		case i > 0:
			out.WriteString("; ")
		}
		size = s.SizeBytes
		fmt.Fprintf(&out, "of %d bytes at batch %d", size, s.Batch)
	}
	return out.String()
}

// Brokers lists the brokers that it has times of, in its own order.
func (p *Profile) Brokers() (out []string) {
	for _, s := range p.Services {
		if s.Broker != "" && !slices.Contains(out, s.Broker) {
			out = append(out, s.Broker)
		}
	}
	return out
}
