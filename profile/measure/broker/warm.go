package broker

import (
	"fmt"
	"time"

	"vsim/profile/device/broker/local"
	"vsim/profile/measure"
)

// How long a broker is kept busy before anything counts. Java compiles what it does often while it does it, in several steps; on
// two cores of 2.6 GHz that took half a minute.
const (
	warmKafka = 10 * time.Second
	warmRedis = time.Second
	warmUsual = 40 * time.Second // at most, where Config does not say
	warmStep  = time.Second
	warmEnds  = 0.05 // the part of the broker's processor time that compilers may still use in a step which is the last
)

// warmUp does requests of all kinds until the broker's Java compiles no more, or the time for it is over.
func (t *target) warmUp(s *server, points []*point) error {
	began, least := measure.Now(), warmRedis
	if s.kind == local.Kafka {
		least = warmKafka
	}
	compiling := 0.0
	for i := 0; ; i++ {
		s.compilers.look()
		p := points[i%len(points)]
		used, err := s.during(func() error { return t.warmFor(p, warmStep) })
		if err != nil {
			return err
		}
		compiling = float64(used.compilers) / float64(max(used.compilers+used.server, 1))
		took := measure.Now() - began
		if took >= least && compiling <= warmEnds || took >= t.cfg.WarmUp {
			break
		}
	}
	s.notes = append(s.notes, fmt.Sprintf("%s was kept busy for %.0f s before anything counted", s.kind, (measure.Now()-began).Seconds()))
	if len(s.compilers.threads) > 0 {
		s.notes = append(s.notes, fmt.Sprintf("%s: what the compilers of its Java use is not in its CPU times; in the last second before anything counted it was %.0f %% of all", s.kind, 100*compiling))
	}
	t.leave()
	return s.watchIdle(t.ctx)
}

// warmFor does rounds of a point for a time.
func (t *target) warmFor(p *point, d time.Duration) error {
	for end := measure.Now() + d; ; {
		if err := t.ctx.Err(); err != nil {
			return err
		}
		if err := p.job(nil); err != nil || measure.Now() >= end {
			return err
		}
	}
}
