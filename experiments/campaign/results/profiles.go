package results

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"vsim/experiments/machinefile"
	"vsim/profile"
	"vsim/profile/measure/machine"
	"vsim/sim/engine/stats"
)

// part is a profile of the archive.
type part struct {
	file string
	*profile.Profile
}

// isProfile tells whether a file of the archive is a profile: those of vsim profile lie at the top, a validation's in
// its folder.
func isProfile(name string) bool {
	dir, base := path.Split(name)
	return dir == "" && path.Ext(base) == ".toml" || strings.Count(name, "/") == 1 && base == "profile.toml"
}

// parts reads the archive's profiles, best first: those with the most figures, then the most precise. Profiles of
// CPUs come last. All must be of one GPU.
func (a *Archive) parts() ([]part, error) {
	var all []part
	for _, name := range a.names(isProfile) {
		p, err := profile.Parse(name, a.files[name])
		if err != nil {
			a.broken = append(a.broken, fmt.Sprintf("%s: %v", name, err))
			continue
		}
		if p.Origin != profile.Measured {
			return nil, a.bad("profile %s: origin = %q: a campaign measures its profiles", name, p.Origin)
		}
		addBatches(p)
		all = append(all, part{name, p})
	}
	slices.SortStableFunc(all, func(x, y part) int {
		return cmp.Or(cmp.Compare(y.Figures(), x.Figures()), cmp.Compare(imprecision(x.Profile), imprecision(y.Profile)))
	})
	gpus, cpus := split(all)
	if len(gpus) == 0 {
		return nil, nil
	}
	first, _ := machinefile.Card(gpus[0].Profile)
	for _, p := range gpus[1:] {
		if name, _ := machinefile.Card(p.Profile); name != first {
			return nil, a.bad("%s is of %s and %s of %s: one archive holds one GPU", gpus[0].file, first, p.file, name)
		}
	}
	return slices.Concat(gpus, cpus), nil
}

func split(all []part) (gpus, cpus []part) {
	for _, p := range all {
		if p.Provenance.GPU == "" {
			cpus = append(cpus, p)
		} else {
			gpus = append(gpus, p)
		}
	}
	return gpus, cpus
}

// imprecision is the median relative half-width of the 95 % intervals of a profile's times.
func imprecision(p *profile.Profile) float64 {
	var widths []float64
	for _, s := range p.Services {
		widths = append(widths, (s.MeanCI95Ns[1]-s.MeanCI95Ns[0])/2/s.MeanNs)
	}
	if len(widths) == 0 {
		return 0
	}
	return stats.Median(widths)
}

// merged is one profile of all parts. The first part that has a figure gives it, so that what was measured together
// stays together; but of slow-downs of the same jobs the most precise counts. A part that gives none leaves no trace.
func merged(parts []part) (*profile.Profile, error) {
	var used []*profile.Profile
	var notes []string
	out := &profile.Profile{}
	for _, p := range parts {
		rest := p.Without(out)
		if rest.Figures() == 0 {
			continue
		}
		used = append(used, rest)
		notes = append(notes, fmt.Sprintf("%d figures are of %s (%s)", rest.Figures(), p.file, p.Provenance.Command))
		var err error
		if out, err = profile.Merge(used...); err != nil {
			return nil, err
		}
	}
	notes = append(notes, sharpen(out, parts)...)
	name, _ := machinefile.Card(parts[0].Profile)
	out.Name = machine.Slug(name) + "-measured"
	out.Provenance.Notes = append(out.Provenance.Notes, notes...)
	return out, nil
}
