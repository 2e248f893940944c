package profile

import (
	"fmt"
	"time"
)

// checker collects what is wrong with a profile that a decoder has read: what single keys cannot tell. Whatever breaks a rule of a single
// key has been refused before.
type checker struct {
	decoder
	path string // of the table that is being checked
}

func (c *checker) fault(key string, found any, format string, args ...any) {
	c.decoder.fault(join(c.path, key), found, format, args...)
}

// interval checks that two numbers ascend.
func (c *checker) interval(key string, ends [2]float64) {
	if ends[0] > ends[1] {
		c.fault(key, ends, "must be two numbers that ascend")
	}
}

// ascending checks that no number of a list is below the one before it.
func (c *checker) ascending(key string, list []float64) {
	for i := range list {
		if i > 0 && list[i] < list[i-1] {
			c.fault(fmt.Sprintf("%s.%d", key, i), list[i], "must ascend: the one before it is %v", list[i-1])
			return
		}
	}
}

// samples checks that a measured figure has some.
func (c *checker) samples(origin Origin, n int) {
	if origin == Measured && n < 1 {
		c.fault("n", n, "a measured figure needs samples")
	}
}

// counts checks the tables of a file against its own count of them.
func (p *Profile) counts(c *checker) {
	for _, e := range []struct {
		table      string
		got, count int
	}{
		{"service", len(p.Services), p.Entries.Service}, {"contention", len(p.Contention), p.Entries.Contention},
		{"after_idle", len(p.AfterIdles), p.Entries.AfterIdle}, {"energy", len(p.Energy), p.Entries.Energy}, {"footprint", len(p.Footprints), p.Entries.Footprint},
	} {
		if e.got != e.count {
			c.fault("entries."+e.table, e.count, "%d [[%s]] tables follow: the file was cut off or edited; restore it or profile again", e.got, e.table)
		}
	}
	if len(p.Services) == 0 {
		c.fault("", nil, "it has no [[service]] table: the file was cut off; restore it or profile again")
	}
}

// check checks everything else.
func (p *Profile) check(c *checker) {
	if p.Schema != Schema {
		c.fault("schema", p.Schema, "this vsim reads schema %d; profile again with this version", Schema)
	}
	if date := p.Provenance.Date; date != "" {
		if _, err := time.Parse(time.RFC3339, date); err != nil {
			c.fault("provenance.date", date, "must be a time such as 2026-01-02T15:04:05Z (RFC 3339)")
		}
	}
	if p.Drift != nil {
		c.path = "drift"
		p.Drift.check(c)
	}
	each(c, "service", p.Services, func(s *Service) { s.check(c, p.Origin) })
	each(c, "contention", p.Contention, func(k *Contention) { k.check(c, p.Origin) })
	each(c, "after_idle", p.AfterIdles, func(a *AfterIdle) { a.check(c) })
	each(c, "energy", p.Energy, func(*Energy) {})
	each(c, "footprint", p.Footprints, func(*Footprint) {})
	each(c, "residual", p.Residuals, func(*Residual) {})
}

// each checks the tables of a kind, of which none may stand twice.
func each[T any, F interface {
	*T
	figure
}](c *checker, kind string, figures []T, check func(F)) {
	first := map[any]int{}
	for i := range figures {
		f := F(&figures[i])
		c.path = fmt.Sprintf("%s.%d", kind, i)
		if at, ok := first[f.once()]; ok {
			c.fault("", nil, "%s stands twice, in %s.%d too; leave one out", f.title(), kind, at)
		} else {
			first[f.once()] = i
		}
		check(f)
	}
	c.path = ""
}

func (k *Contention) check(c *checker, origin Origin) {
	if k.SameCore && k.Neighbours != 1 {
		c.fault("same_core", true, "needs neighbours = 1, not %d: one neighbour has the core in turn with the job", k.Neighbours)
	}
	c.interval("slowdown_ci95", k.SlowdownCI95)
	c.samples(origin, k.N)
}

func (s *Service) check(c *checker, origin Origin) {
	if origin == Published && s.Source == "" {
		c.fault("source", nil, "a published figure needs its source")
	}
	if s.OnlyBatch && s.Batch == 0 {
		c.fault("only_batch", true, "needs the batch, at least 1")
	}
	c.samples(origin, s.N)
	c.interval("mean_ci95_ns", s.MeanCI95Ns)
	s.checkBursts(c)
	s.checkQuantiles(c, origin)
}

func (s *Service) checkBursts(c *checker) {
	if len(s.BurstMeansNs) != len(s.BurstN) {
		c.fault("burst_n", nil, "%d burst_means_ns but %d burst_n; as many of both", len(s.BurstMeansNs), len(s.BurstN))
		return
	}
	samples := 0
	for _, n := range s.BurstN {
		samples += n
	}
	if len(s.BurstN) > 0 && samples != s.N {
		c.fault("burst_n", nil, "burst_n sums to %d, but n = %d", samples, s.N)
	}
}

func (s *Service) checkQuantiles(c *checker, origin Origin) {
	switch n := len(s.Probabilities); {
	case n != len(s.QuantilesNs):
		c.fault("quantiles_ns", nil, "%d probabilities but %d quantiles; as many of both", n, len(s.QuantilesNs))
	case n == 0 && origin == Measured:
		c.fault("quantiles_ns", nil, "a measured figure needs quantiles")
	case n == 0:
	case n == 1 || s.Probabilities[0] != 0 || s.Probabilities[n-1] != 1:
		c.fault("probabilities", nil, "must run from 0 to 1, not from %v to %v", s.Probabilities[0], s.Probabilities[n-1])
	default:
		c.ascending("probabilities", s.Probabilities)
		c.ascending("quantiles_ns", s.QuantilesNs)
	}
}
