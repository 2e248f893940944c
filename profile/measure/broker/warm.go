package broker

import (
	"cmp"
	"context"
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

// warmUp keeps producer and consumer busy with requests of all kinds, those of the first kind most, until the broker's Java compiles
// no more, or the time for it is over.
func (t *target) warmUp(s *server, points []*point) error {
	began, least := measure.Now(), warmRedis
	if s.kind == local.Kafka {
		least = warmKafka
	}
	compiling := 0.0
	for i := 0; ; i++ {
		s.compilers.look()
		p := points[0]
		if i%2 == 1 {
			p = points[i/2%len(points)]
		}
		used, err := s.during(func() error { return t.load(p, warmStep) })
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

// loadBytes and loadMost bound the requests of a load that are on their way at a time.
const (
	loadBytes = 16 << 20
	loadMost  = 200
	// deliveries is how many of them there are to one that goes to a consumer which waits: brokers do other things then.
	deliveries = 2
)

// load has requests of a kind sent as fast as they are fetched, for a time.
func (t *target) load(p *point, d time.Duration) error {
	l, err := t.enter(p)
	if err != nil {
		return err
	}
	n := min(max(loadBytes/(p.size*p.batch), leastN), loadMost)
	for end := measure.Now() + d; measure.Now() < end; {
		ctx, stop := context.WithTimeout(t.ctx, hangs)
		sent := make(chan error, 1)
		go func() { sent <- l.stream(ctx, n) }()
		err := p.drain(ctx, l, n)
		if err != nil {
			stop() // no consumer is left for what is sent
		}
		if err = cmp.Or(<-sent, err); err == nil {
			err = l.deliver(ctx, max(n/deliveries, 1), func() {}, func(float64) {})
		}
		stop()
		if err != nil {
			return fmt.Errorf("%s, %v: %w", p.kind, p.request, cmp.Or(t.ctx.Err(), err))
		}
	}
	return nil
}
