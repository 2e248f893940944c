package profile

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Merge joins profiles, of a machine's CPU and of its GPU for example, into one that shares nothing with
// them. Every figure may stand in one of them only; measured and published ones do not mix. Names and the
// texts of the provenance are joined by " and " where they differ; of its numbers the first that is known
// counts, of loads the highest, of dates the earliest, of drifts the longest; the residuals are those of the first that has any. The
// whole is complete when all parts are.
func Merge(profiles ...*Profile) (*Profile, error) {
	if len(profiles) == 0 {
		return nil, errors.New("profile: nothing to merge")
	}
	out := &Profile{Schema: Schema, Origin: profiles[0].Origin, Provenance: Provenance{Complete: true}}
	in := map[any]string{} // the profile that a figure is from
	var faults []string
	for _, p := range profiles {
		if p.Origin != out.Origin {
			return nil, fmt.Errorf("profile: %q is %s and %q %s; merge profiles of one origin", profiles[0].Name, out.Origin, p.Name, p.Origin)
		}
		for key, figure := range p.figures() {
			if other, ok := in[key]; ok {
				faults = append(faults, fmt.Sprintf("%s stands in %q and in %q", figure, other, p.Name))
			}
			in[key] = p.Name
		}
		out.Name = both(out.Name, p.Name)
		out.Services = append(out.Services, p.Services...)
		out.Contention = append(out.Contention, p.Contention...)
		out.AfterIdles = append(out.AfterIdles, p.AfterIdles...)
		out.Energy = append(out.Energy, p.Energy...)
		out.Footprints = append(out.Footprints, p.Footprints...)
		out.Drift = longer(out.Drift, p.Drift)
		if len(out.Residuals) == 0 {
			out.Residuals = p.Residuals
		}
		out.Provenance.add(&p.Provenance)
	}
	if len(faults) > 0 {
		slices.Sort(faults)
		return nil, fmt.Errorf("profile: %s; leave all but one out", strings.Join(faults, "; "))
	}
	return out.clone(), nil
}

// A figure may stand once in a profile.
type figure interface {
	once() any     // what tells it from others
	title() string // for people
}

// What tells figures from others, besides services, whose Key does.
type (
	contentionKey struct {
		resource, stage, beside, model string
		batch, besideBatch, neighbours int
		sameCore                       bool
	}
	energyKey    struct{ Key }
	footprintKey struct {
		resource, of, image, model string
		batch                      int
	}
	residualKey struct {
		metric string
		band   Band
	}
)

func (s *Service) once() any    { return s.Key }
func (c *Contention) once() any { return c.key() }
func (a *AfterIdle) once() any  { return a.key() }
func (e *Energy) once() any     { return energyKey{e.Key} }
func (f *Footprint) once() any  { return footprintKey{f.Resource, f.Of, f.Image, f.Model, f.Batch} }
func (r *Residual) once() any   { return residualKey{r.Metric, r.Band} }

func (c *Contention) key() contentionKey {
	return contentionKey{c.Resource, c.Stage, c.Beside, c.Model, c.Batch, c.BesideBatch, c.Neighbours, c.SameCore}
}

func (s *Service) title() string {
	return fmt.Sprintf("service %s at batch %d on %s", s.Key.label(), s.Batch, s.Resource)
}
func (c *Contention) title() string {
	return fmt.Sprintf("contention of %s on %s", c.Label(), c.Resource)
}
func (a *AfterIdle) title() string { return a.Label() }
func (e *Energy) title() string {
	return fmt.Sprintf("energy of %s at batch %d on %s", e.Key.label(), e.Batch, e.Resource)
}
func (f *Footprint) title() string {
	return fmt.Sprintf("footprint of %s %s%s at batch %d on %s", f.Of, f.Model, f.Image, f.Batch, f.Resource)
}
func (r *Residual) title() string { return fmt.Sprintf("residual of %s at load %s", r.Metric, r.Band) }

// figures names every figure that is merged by what may stand once.
func (p *Profile) figures() map[any]string {
	out := map[any]string{}
	addTitles(out, p.Services)
	addTitles(out, p.Contention)
	addTitles(out, p.AfterIdles)
	addTitles(out, p.Energy)
	addTitles(out, p.Footprints)
	return out
}

func addTitles[T any, F interface {
	*T
	figure
}](titles map[any]string, figures []T) {
	for i := range figures {
		f := F(&figures[i])
		titles[f.once()] = f.title()
	}
}

// add takes in the provenance of another profile.
func (p *Provenance) add(other *Provenance) {
	for _, text := range []struct {
		into  *string
		other string
	}{
		{&p.Vsim, other.Vsim}, {&p.Command, other.Command}, {&p.CPU, other.CPU}, {&p.GPU, other.GPU}, {&p.OS, other.OS}, {&p.Clock, other.Clock},
	} {
		*text.into = both(*text.into, text.other)
	}
	if p.Date == "" || other.Date != "" && other.Date < p.Date { // RFC 3339 in UTC
		p.Date = other.Date
	}
	p.Cores = cmp.Or(p.Cores, other.Cores)
	p.MemoryGiB = cmp.Or(p.MemoryGiB, other.MemoryGiB)
	p.Load1 = max(p.Load1, other.Load1)
	p.Complete = p.Complete && other.Complete
	p.Conditions.add(&other.Conditions)
	for name, version := range other.Libraries {
		if p.Libraries == nil {
			p.Libraries = map[string]string{}
		}
		p.Libraries[name] = both(p.Libraries[name], version)
	}
	for name, path := range other.Files {
		if p.Files == nil {
			p.Files = map[string]string{}
		}
		p.Files[name] = cmp.Or(p.Files[name], path)
	}
	for _, note := range other.Notes {
		if !slices.Contains(p.Notes, note) {
			p.Notes = append(p.Notes, note)
		}
	}
}

// both joins two texts, of which either may be missing and both may be one.
func both(a, b string) string {
	if a == "" || b == "" || slices.Contains(strings.Split(a, " and "), b) {
		return cmp.Or(a, b)
	}
	return a + " and " + b
}

// clone copies what a profile points to.
func (p *Profile) clone() *Profile {
	out := *p
	out.Services = slices.Clone(p.Services)
	for i := range out.Services {
		s := &out.Services[i]
		s.Probabilities, s.QuantilesNs, s.Warnings = slices.Clone(s.Probabilities), slices.Clone(s.QuantilesNs), slices.Clone(s.Warnings)
		s.BurstMeansNs, s.BurstN = slices.Clone(s.BurstMeansNs), slices.Clone(s.BurstN)
	}
	out.Contention = slices.Clone(p.Contention)
	for i := range out.Contention {
		out.Contention[i].Warnings = slices.Clone(out.Contention[i].Warnings)
	}
	out.AfterIdles = slices.Clone(p.AfterIdles)
	for i := range out.AfterIdles {
		out.AfterIdles[i].Warnings = slices.Clone(out.AfterIdles[i].Warnings)
	}
	out.Drift = p.Drift.clone()
	pr := &out.Provenance
	pr.By, pr.ClockMHz, pr.TemperatureC = slices.Clone(pr.By), slices.Clone(pr.ClockMHz), slices.Clone(pr.TemperatureC)
	out.Residuals = slices.Clone(p.Residuals)
	out.Provenance.Libraries, out.Provenance.Files = maps.Clone(p.Provenance.Libraries), maps.Clone(p.Provenance.Files)
	return &out
}
