package profile

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// faults lists everything that is wrong with a profile as read from a file.
func (p *Profile) faults() []string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if p.Schema != Schema {
		add("schema = %d, but this vsim reads schema %d; profile again with this version", p.Schema, Schema)
	}
	if p.Origin != Measured && p.Origin != Published {
		add("origin = %q, must be %q or %q", p.Origin, Measured, Published)
	}
	if len(p.Services) == 0 {
		add("it has no [[service]] table: the file was cut off; restore it or profile again")
	}
	for _, e := range []struct {
		table      string
		got, count int
	}{
		{"service", len(p.Services), p.Entries.Service}, {"contention", len(p.Contention), p.Entries.Contention},
		{"after_idle", len(p.AfterIdles), p.Entries.AfterIdle}, {"energy", len(p.Energy), p.Entries.Energy}, {"footprint", len(p.Footprints), p.Entries.Footprint},
	} {
		if e.got != e.count {
			add("entries.%s = %d but %d [[%s]] tables follow: the file was cut off or edited; restore it or profile again", e.table, e.count, e.got, e.table)
		}
	}
	if fault := p.Provenance.Conditions.fault(); fault != "" {
		add("provenance: %s", fault)
	}
	if p.Drift != nil {
		if fault := p.Drift.fault(); fault != "" {
			add("drift: %s; restore it or profile again", fault)
		}
	}
	seen := map[Key]bool{}
	for i := range p.Services {
		s := &p.Services[i]
		if seen[s.Key] {
			add("service %s at batch %d stands twice", s.Key.label(), s.Batch)
		}
		seen[s.Key] = true
		if fault := s.fault(p.Origin); fault != "" {
			add("service %s at batch %d: %s", s.Key.label(), s.Batch, fault)
		}
	}
	twice := map[contentionKey]bool{}
	for i := range p.Contention {
		c := &p.Contention[i]
		if twice[c.key()] {
			add("contention of %s stands twice", c.Label())
		}
		twice[c.key()] = true
		if !(c.Slowdown > 0) || math.IsInf(c.Slowdown, 0) || c.Neighbours < 1 || c.Batch < 0 || c.BesideBatch < 0 || c.Stage == "" || c.Beside == "" {
			add("contention of %s: slowdown = %v; slowdown and neighbours must be positive, batches not negative, and both stages named",
				c.Label(), c.Slowdown)
		}
		if !isInterval(c.SlowdownCI95) {
			add("contention of %s: slowdown_ci95 = %v, must be two numbers that ascend", c.Label(), c.SlowdownCI95)
		}
		if p.Origin == Measured && c.N < 1 {
			add("contention of %s: n = %d, a measured figure needs samples", c.Label(), c.N)
		}
	}
	idle := map[afterIdleKey]bool{}
	for i := range p.AfterIdles {
		a := &p.AfterIdles[i]
		if idle[a.key()] {
			add("%s stands twice", a.Label())
		}
		idle[a.key()] = true
		if fault := a.fault(); fault != "" {
			add("%s: %s", a.Label(), fault)
		}
	}
	for _, e := range p.Energy {
		if !(e.Watts >= 0) || math.IsInf(e.Watts, 0) || !(e.SpanS > 0) || math.IsNaN(e.JobJ) || e.Stage == "" || e.Resource == "" {
			add("energy of %q on %q: watts = %v, span_s = %v; power and span must be positive numbers, stage and resource named", e.Stage, e.Resource, e.Watts, e.SpanS)
		}
	}
	for _, f := range p.Footprints {
		if f.SizeBytes < 1 || f.Of == "" || f.Resource == "" {
			add("footprint of %q on %q: size_bytes = %d, must be positive, and both named", f.Of, f.Resource, f.SizeBytes)
		}
	}
	known := map[Residual]bool{}
	for _, r := range p.Residuals {
		key := Residual{Metric: r.Metric, Band: r.Band}
		if known[key] {
			add("residual of %s at load %s stands twice", r.Metric, r.Band)
		}
		known[key] = true
		if fault := r.fault(); fault != "" {
			add("residual of %q at load %q: %s", r.Metric, r.Band, fault)
		}
	}
	return out
}

func (r *Residual) fault() string {
	switch {
	case !slices.Contains(residualMetrics, r.Metric):
		return "metric must be one of " + strings.Join(residualMetrics, ", ")
	case !slices.Contains(bands, r.Band):
		return fmt.Sprintf("band must be one of %s", strings.Trim(fmt.Sprint(bands), "[]"))
	case !(r.LogSD >= 0) || math.IsInf(r.LogSD, 0):
		return fmt.Sprintf("log_sd = %v, must be a number that is not negative", r.LogSD)
	case r.N < 1:
		return fmt.Sprintf("n = %d, a residual needs cases", r.N)
	}
	return ""
}

func (s *Service) fault(origin Origin) string {
	switch {
	case s.Stage == "" || s.Resource == "":
		return "stage and resource must be named"
	case !(s.MeanNs > 0) || math.IsInf(s.MeanNs, 0):
		return fmt.Sprintf("mean_ns = %v, must be a positive number", s.MeanNs)
	case origin == Published && s.Source == "":
		return "a published figure needs its source"
	case origin == Measured && s.N < 1:
		return fmt.Sprintf("n = %d, a measured figure needs samples", s.N)
	case !(s.SDNs >= 0) || math.IsInf(s.SDNs, 0):
		return fmt.Sprintf("sd_ns = %v, must be a number that is not negative", s.SDNs)
	case !isInterval(s.MeanCI95Ns):
		return fmt.Sprintf("mean_ci95_ns = %v, must be two numbers that ascend", s.MeanCI95Ns)
	case s.burstFault() != "":
		return s.burstFault()
	case len(s.Probabilities) != len(s.QuantilesNs):
		return fmt.Sprintf("%d probabilities but %d quantiles", len(s.Probabilities), len(s.QuantilesNs))
	case len(s.Probabilities) == 0:
		if origin == Measured {
			return "a measured figure needs quantiles"
		}
		return ""
	case len(s.Probabilities) == 1 || s.Probabilities[0] != 0 || s.Probabilities[len(s.Probabilities)-1] != 1:
		return "probabilities must run from 0 to 1"
	case !slices.IsSorted(s.Probabilities) || !slices.IsSorted(s.QuantilesNs):
		return "probabilities and quantiles must ascend"
	}
	for _, q := range s.QuantilesNs {
		if !(q >= 0) || math.IsInf(q, 0) {
			return fmt.Sprintf("quantile %v, must be a number of ns that is not negative", q)
		}
	}
	return ""
}

// burstFault says what is wrong with the bursts of a service.
func (s *Service) burstFault() string {
	if len(s.BurstMeansNs) != len(s.BurstN) {
		return fmt.Sprintf("%d burst_means_ns but %d burst_n", len(s.BurstMeansNs), len(s.BurstN))
	}
	samples := 0
	for i, mean := range s.BurstMeansNs {
		if !(mean > 0) || math.IsInf(mean, 0) || s.BurstN[i] < 1 {
			return fmt.Sprintf("a burst of %d samples with a mean of %v ns; both must be positive", s.BurstN[i], mean)
		}
		samples += s.BurstN[i]
	}
	if len(s.BurstN) > 0 && samples != s.N {
		return fmt.Sprintf("burst_n sums to %d, but n = %d", samples, s.N)
	}
	return ""
}

// isInterval says that both ends are numbers, of which the second is not below the first, and that so is the width.
func isInterval(ends [2]float64) bool {
	width := ends[1] - ends[0]
	return width >= 0 && !math.IsInf(width, 0)
}
