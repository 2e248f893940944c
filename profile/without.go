package profile

// Without gives what a profile has beside another one: p less the figures that stand in other, too. Of two
// profiles of a machine p.Without(other) can be merged with other, whose figures then count.
func (p *Profile) Without(other *Profile) *Profile {
	taken := other.figures()
	out := p.clone()
	out.Services = left(p.Services, func(s *Service) bool { return taken[s.Key] != "" })
	out.Contention = left(p.Contention, func(c *Contention) bool { return taken[c.key()] != "" })
	out.AfterIdles = left(p.AfterIdles, func(a *AfterIdle) bool { return taken[a.key()] != "" })
	out.Energy = left(p.Energy, func(e *Energy) bool { return taken[energyKey{e.Key}] != "" })
	out.Footprints = left(p.Footprints, func(f *Footprint) bool { return taken[f.once()] != "" })
	return out.clone()
}

// Figures counts what a profile holds.
func (p *Profile) Figures() int {
	return len(p.Services) + len(p.Contention) + len(p.AfterIdles) + len(p.Energy) + len(p.Footprints)
}

// left gives the figures that are not taken, in a list of their own.
func left[F any](figures []F, taken func(*F) bool) (out []F) {
	for i := range figures {
		if !taken(&figures[i]) {
			out = append(out, figures[i])
		}
	}
	return out
}
