package results

import (
	"fmt"
	"slices"

	"vsim/profile"
)

// standard is the model of a scenario that names none, and so of a machine's file, which cannot name one. A GPU is
// measured in a precision, whose name the model's has at its end: these are tried in order.
const standard = "vit-base"

var precisions = []string{"-fp16", "-fp16-graph", "-tf32"}

// nameStandard lets what was measured of the standard model in its first precision be found by its plain name, too, so
// that a machine's file can be simulated as it is. The notes say so. A profile that has the plain name, or no precision
// of it, stays as it was.
func nameStandard(p *profile.Profile) {
	has := models(p)
	if slices.Contains(has, standard) {
		return
	}
	for _, precision := range precisions {
		if name := standard + precision; slices.Contains(has, name) {
			rename(p, name)
			p.Provenance.Notes = append(p.Provenance.Notes, fmt.Sprintf("%s, the model of scenarios that name none, is %s here: the same figures under two names", standard, name))
			return
		}
	}
}

// rename adds the figures of a model once more, as those of the standard model.
func rename(p *profile.Profile, model string) {
	for _, s := range p.Services {
		if s.Model == model && s.Resource == "gpu" {
			s.Model = standard
			p.Services = append(p.Services, s)
		}
	}
	for _, c := range p.Contention {
		if c.Model == model && c.Resource == "gpu" {
			c.Model = standard
			p.Contention = append(p.Contention, c)
		}
	}
	for _, e := range p.Energy {
		if e.Model == model && e.Resource == "gpu" {
			e.Model = standard
			p.Energy = append(p.Energy, e)
		}
	}
	for _, f := range p.Footprints {
		if f.Model == model && f.Resource == "gpu" {
			f.Model = standard
			p.Footprints = append(p.Footprints, f)
		}
	}
}
