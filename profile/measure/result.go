package measure

import (
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"gonum.org/v1/gonum/floats/scalar"
	"gonum.org/v1/gonum/stat"

	"vsim/profile"
	"vsim/profile/device"
	"vsim/profile/measure/machine"
)

// Profile is what has been measured so far. It is Complete when no point is missing and Run was not
// interrupted.
func (b *Bench) Profile() *profile.Profile {
	p := &profile.Profile{
		Schema: profile.Schema, Name: machine.Name(false), Origin: profile.Measured,
		Provenance: b.provenance(),
	}
	for _, pt := range b.points {
		used := usable(pt.visits)
		if len(used) == 0 {
			continue
		}
		for part, key := range pt.chain.keys {
			if pt.crew == nil {
				p.Services = append(p.Services, b.service(pt, key, part, used))
			} else {
				p.Contention = append(p.Contention, contention(pt, key, part, used))
			}
		}
	}
	if b.gpu != nil {
		b.gpu.describe(p)
	}
	return p
}

// Missing names the points of which nothing was measured, and those that are less precise than wanted.
func (b *Bench) Missing() (unmeasured, imprecise []string) {
	for _, p := range b.points {
		switch {
		case len(p.visits) == 0:
			unmeasured = append(unmeasured, p.name)
		case p.worst > b.cfg.Precision || len(p.visits) < minVisits:
			imprecise = append(imprecise, p.name)
		}
	}
	return unmeasured, imprecise
}

func (b *Bench) service(p *point, key profile.Key, part int, used []visit) profile.Service {
	samples := pooled(used, part)
	s := profile.Service{Key: key, N: len(samples)}
	s.MeanNs, s.MeanCI95Ns = mean(used, part).rounded(1)
	if len(samples) > 1 {
		s.SDNs = scalar.Round(stat.StdDev(samples, nil), 1)
	}
	s.Probabilities, s.QuantilesNs = quantiles(samples)
	s.Warnings = warnings(used, part, b.cfg.Precision)
	if w := disturbance(p.visits, used); w != "" {
		s.Warnings = append(s.Warnings, w)
	}
	return s
}

func contention(p *point, key profile.Key, part int, used []visit) profile.Contention {
	c := profile.Contention{Resource: key.Resource, Stage: key.Stage, Beside: p.crew.stage, Neighbours: p.k}
	c.Slowdown, c.SlowdownCI95 = slowdown(used, part).rounded(4)
	for _, v := range used {
		c.N += len(v.beside[part])
	}
	return c
}

func (b *Bench) provenance() profile.Provenance {
	memory, _ := machine.MemoryGiB()
	unmeasured, _ := b.Missing()
	pr := profile.Provenance{
		Date: b.began.UTC().Format(time.RFC3339), Vsim: version(), Command: b.cfg.Command,
		CPU: machine.CPU(), Cores: machine.Cores(), MemoryGiB: scalar.Round(memory, 1), OS: machine.OS(),
		Clock: machine.Clock(), Load1: b.load1, Complete: !b.interrupted && len(unmeasured) == 0,
		Notes: slices.Clone(b.cfg.Notes),
	}
	if b.gpu != nil {
		return pr
	}
	pr.Libraries = maps.Clone(b.cfg.Libraries.Version)
	pr.Notes = append(slices.Clone(b.cfg.Libraries.Notes), append(pr.Notes, b.contentionNotes()...)...)
	if len(b.cfg.Models) > 0 {
		pr.Notes = append(pr.Notes, fmt.Sprintf("%s and %s: of one picture, in batches of %d", device.Copy, device.Post, b.cfg.middleBatch()))
	}
	return pr
}

// version is this binary's: the module's, and the commit where Go has noted it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v += " " + s.Value
		}
	}
	return v
}
