package broker

import (
	"fmt"
	"time"

	"gonum.org/v1/gonum/stat"

	"vsim/profile/device/broker/local"
	"vsim/profile/measure"
)

// How long a broker is kept busy before anything counts. Java compiles what it does often while it does it, in several steps.
const (
	warmKafka = 6 * time.Second
	warmRedis = 500 * time.Millisecond
	warmMost  = 20 * time.Second
	warmStep  = time.Second
	warmEnds  = 0.03 // a step whose requests took less by no more than this is the last
)

// warmUp does requests of all kinds, and then those of the first kind until they take less no more.
func (t *target) warmUp(s *server, points []*point) error {
	began := measure.Now()
	least := warmRedis
	if s.kind == local.Kafka {
		least = warmKafka
	}
	for i := 0; measure.Now()-began < least; i++ {
		if err := t.warmFor(points[i%len(points)], nil, least/time.Duration(len(points))); err != nil {
			return err
		}
	}
	before := 0.0
	for {
		b := make(measure.Burst, len(points[0].keys))
		if err := t.warmFor(points[0], &b, warmStep); err != nil {
			return err
		}
		now := stat.Mean(b[points[0].produce.wall], nil)
		if took := measure.Now() - began; before > 0 && now > (1-warmEnds)*before || took > warmMost {
			s.notes = append(s.notes, fmt.Sprintf("%s was kept busy for %.0f s before anything counted", s.kind, took.Seconds()))
			break
		}
		before = now
	}
	t.leave()
	return s.watchIdle(t.ctx)
}

// warmFor does rounds of a point for a time.
func (t *target) warmFor(p *point, b *measure.Burst, d time.Duration) error {
	for end := measure.Now() + d; ; {
		if err := t.ctx.Err(); err != nil {
			return err
		}
		if err := p.job(b); err != nil || measure.Now() >= end {
			return err
		}
	}
}
