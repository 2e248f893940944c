package compile

import "vsim/profile"

// Origin says where a service time comes from.
type Origin string

// Origins, from the best known to the least.
const (
	measuredOrigin     = Origin("measured")
	publishedOrigin    = Origin("published")
	inlineOrigin       = Origin("inline") // written in the scenario, or worked out from its bandwidths
	interpolatedOrigin = Origin("interpolated")
	extrapolatedOrigin = Origin("extrapolated")
)

// origins in the order of their doubt.
var origins = []Origin{measuredOrigin, publishedOrigin, inlineOrigin, interpolatedOrigin, extrapolatedOrigin}

// StageSupport says where the times of one step come from: the least certain of all batch sizes and
// classes. Figures between or beyond those of a profile or table are interpolated or extrapolated.
type StageSupport struct {
	Stage  string `json:"stage"`
	Step   string `json:"step"`
	Origin Origin `json:"origin"`
}

// support counts the times of one step by where they come from.
type support struct {
	stage, step string
	count       map[Origin]int
}

// mark counts one more time of the present step.
func (b *builder) mark(o Origin) {
	s := b.supports[len(b.supports)-1]
	if s.count == nil {
		s.count = map[Origin]int{}
	}
	s.count[o]++
}

// markPoint counts a point of a profile.
func (b *builder) markPoint(l *loaded, s profile.Support) {
	switch {
	case s == profile.Interpolated:
		b.mark(interpolatedOrigin)
	case s == profile.Extrapolated:
		b.mark(extrapolatedOrigin)
	case l.Origin == profile.Published:
		b.mark(publishedOrigin)
	default:
		b.mark(measuredOrigin)
	}
}

// support lists the steps with the least certain of their origins.
func (b *builder) support() (out []StageSupport) {
	for _, s := range b.supports {
		row := StageSupport{Stage: s.stage, Step: s.step}
		for _, o := range origins {
			if s.count[o] > 0 {
				row.Origin = o
			}
		}
		out = append(out, row)
	}
	return out
}
