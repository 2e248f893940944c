package compile

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"vsim/profile"
	"vsim/sim/engine/random"
	"vsim/sim/scenario"
	"vsim/sim/topology"
)

// Resample draws the profiles that measuring might as well have given, for a live run of a length: those of a seed and a
// number, always the same. The profiles of a scenario differ independently.
func (p *Profiles) Resample(seed uint64, number int, run time.Duration) *Profiles {
	if p == nil {
		return nil
	}
	drawn := map[*scenario.Measurement]*scenario.Measurement{nil: nil}
	draw := func(m *scenario.Measurement) *scenario.Measurement {
		if _, have := drawn[m]; !have {
			stream := random.NewStream(seed, "profile "+m.Hash, number)
			drawn[m] = &scenario.Measurement{Profile: m.Profile.Resample(rand.New(&stream), run), Hash: m.Hash}
		}
		return drawn[m]
	}
	out := &Profiles{general: draw(p.general), named: map[string]*scenario.Measurement{}}
	for name, m := range p.named {
		out.named[name] = draw(m)
	}
	return out
}

// sampled says that of some time, or of how jobs slow each other down, it is known how far off it may be.
func (b *builder) sampled() bool {
	for point := range b.samplers {
		if !point.Unsampled() {
			return true
		}
	}
	return false
}

// unknown lists what nobody knows of how far off the times are.
func (b *builder) unknown() (out []string) {
	if len(b.used) == 0 {
		return []string{"how far off times are that the scenario gives"}
	}
	var published []string
	for _, l := range b.used {
		if l.Origin == profile.Published {
			published = append(published, l.Name)
			continue
		}
		unbounded := 0
		for i := range l.Services {
			if point := &l.Services[i]; b.samplers[point] != nil && point.Unbounded() {
				unbounded++
			}
		}
		if unbounded > 0 {
			out = append(out, fmt.Sprintf("how far off the means of %s of %s are, beyond what samples of one burst tell", plural(unbounded, "point"), l.Name))
		}
		if l.Drift == nil && l.Has("cpu") {
			out = append(out, "how the machine's speed drifts, which "+l.Name+" does not tell")
		}
	}
	if published != nil {
		out = append(out, "how far off published figures are ("+strings.Join(published, ", ")+")")
	}
	return out
}

// residuals are what vsim validate found of the model on the machine: those of the first profile in use that has any. Where none has, they are
// the usual ones of servers like those that were validated.
func (b *builder) residuals() (of []profile.Residual, usual bool) {
	for _, l := range b.used {
		if len(l.Residuals) > 0 {
			return l.Residuals, false
		}
	}
	if b.likeValidated() {
		return profile.UsualResiduals(), true
	}
	return nil, false
}

// likeValidated says that all times were measured, and all work is done on CPUs.
func (b *builder) likeValidated() bool {
	other := func(l *scenario.Measurement) bool { return l.Origin != profile.Measured || !l.Has("cpu") }
	return len(b.used) > 0 && len(b.g.Brokers) == 0 && !slices.ContainsFunc(b.used, other) &&
		!slices.ContainsFunc(b.top.Resources, func(r topology.Resource) bool { return r.Type == topology.GPU })
}
