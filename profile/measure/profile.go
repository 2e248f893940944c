package measure

import (
	"maps"
	"slices"
	"time"

	"gonum.org/v1/gonum/floats/scalar"
	"gonum.org/v1/gonum/stat"

	"vsim/profile"
	"vsim/profile/measure/machine"
)

// Profile is what has been measured so far. It is Complete when no point is missing and Run was not
// interrupted.
func (b *Bench) Profile() *profile.Profile {
	p := &profile.Profile{
		Schema: profile.Schema, Name: machine.Name(false), Origin: profile.Measured,
		Provenance: b.provenance(), Drift: b.reference.drift(),
	}
	var kept []visit
	for _, pt := range b.points {
		used := usable(pt.visits)
		if len(used) == 0 {
			continue
		}
		kept = append(kept, used...)
		for part, key := range pt.Chain.Keys {
			switch {
			case pt.Crew != nil:
				for _, beside := range append([]string{pt.Crew.Stage}, pt.Crew.Also...) {
					p.Contention = append(p.Contention, contention(pt, key, beside, part, used))
				}
			case pt.Rested != nil:
				if a, ok := afterIdle(pt, key, part, used); ok {
					p.AfterIdles = append(p.AfterIdles, a)
				}
			default:
				p.Services = append(p.Services, b.service(pt, key, part, used))
			}
		}
	}
	b.conditions(&p.Provenance.Conditions, kept)
	b.target.Describe(p)
	for _, what := range b.LeftOut() {
		p.Provenance.Notes = append(p.Provenance.Notes, "left out: "+what)
	}
	return p
}

// Missing names the points of which nothing was measured, and those that are less precise than wanted.
func (b *Bench) Missing() (unmeasured, imprecise []string) {
	for _, p := range b.points {
		switch {
		case len(p.visits) == 0:
			unmeasured = append(unmeasured, p.Name)
		case p.worst > b.options.Precision || len(p.visits) < minVisits:
			imprecise = append(imprecise, p.Name)
		}
	}
	return unmeasured, imprecise
}

func (b *Bench) service(p *Point, key profile.Key, part int, used []visit) profile.Service {
	s := Service(key, pooled(used, part))
	s.MeanNs, s.MeanCI95Ns = rounded(widened(mean(used, part), used), 1)
	s.BurstMeansNs, s.BurstN = burstMeans(used, part)
	s.OnlyBatch = p.OnlyBatch && key.Batch > 0
	s.Warnings = append(warnings(used, part, b.options.Precision, slices.Contains(p.Chain.Means, part)), p.Doubts...)
	if w := disturbance(p.visits, used); w != "" {
		s.Warnings = append(s.Warnings, w)
	}
	return s
}

// Service is what samples, at least one, say of a service point; times are nanoseconds. The interval of the mean is left
// unknown.
func Service(key profile.Key, samples []float64) profile.Service {
	s := profile.Service{Key: key, N: len(samples), MeanNs: scalar.Round(stat.Mean(samples, nil), 1)}
	if len(samples) > 1 {
		s.SDNs = scalar.Round(stat.StdDev(samples, nil), 1)
	}
	s.Probabilities, s.QuantilesNs = quantiles(samples)
	return s
}

func (b *Bench) provenance() profile.Provenance {
	memory, _ := machine.MemoryGiB()
	unmeasured, _ := b.Missing()
	return profile.Provenance{
		Date: b.began.UTC().Format(time.RFC3339), Vsim: machine.Build(), Command: b.options.Command,
		CPU: machine.CPU(), Cores: machine.Cores(), MemoryGiB: scalar.Round(memory, 1), OS: machine.OS(),
		Clock: machine.Clock(), Load1: b.load1, Complete: !b.interrupted && len(unmeasured) == 0 && len(b.LeftOut()) == 0,
		Notes: slices.Clone(b.options.Notes), Files: maps.Clone(b.options.Files),
	}
}
