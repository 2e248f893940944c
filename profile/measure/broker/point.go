package broker

import (
	"context"
	"fmt"
	"time"

	"vsim/profile"
	"vsim/profile/measure"
)

const (
	burst     = 300 * time.Millisecond
	roundTime = 25 * time.Millisecond // of the requests of a stage that are timed together, at least
	leastN    = 4                     // of them
	mostN     = 100
)

// point measures all stages of requests of one kind over one broker, in rounds.
type point struct {
	*target
	kind   string
	server *server
	request
	n       int // requests of a round
	keys    []profile.Key
	means   []int // parts
	produce stage
	fetch   stage
	deliver stage
	loaded  meter
	ack     int // part
}

// brokerResource is the resource of times by the clock, of client and broker together.
const brokerResource = "broker"

// stage are the parts of the chain that a stage fills.
type stage struct {
	wall int
	meter
}

// newPoint lists the parts.
func (t *target) newPoint(kind string, s *server, r request) *point {
	p := &point{target: t, kind: kind, server: s, request: r, n: leastN}
	p.produce, p.deliver, p.fetch = p.stage(profile.Produce), p.stage(profile.Deliver), p.stage(profile.Fetch)
	p.loaded = p.meter(profile.Produce, profile.LoadedSuffix)
	p.ack = measure.Skip
	if kind == profile.RedisStream {
		p.ack = p.part(profile.Ack, brokerResource)
	}
	return p
}

func (p *point) stage(name string) stage {
	return stage{p.part(name, brokerResource), p.meter(name, "")}
}

func (p *point) meter(name, ending string) meter {
	m := meter{server: p.server, client: p.part(name+profile.ClientSuffix+ending, "cpu"), broker: measure.Skip}
	p.means = append(p.means, m.client)
	if p.server.own != nil {
		m.broker = p.part(name+profile.ServerSuffix+ending, "cpu")
		p.means = append(p.means, m.broker)
	}
	return m
}

// part adds a part to the chain.
func (p *point) part(stage, resource string) int {
	p.keys = append(p.keys, profile.Key{Stage: stage, Resource: resource, Broker: p.kind, SizeBytes: p.size, Batch: p.batch})
	return len(p.keys) - 1
}

// job does a round of every stage.
func (p *point) job(b *measure.Burst) error {
	return p.inLane(func(ctx context.Context, l *lane) error { return p.rounds(ctx, l, b) })
}

// inLane does something in the lane of the point. It leaves the bench's thread, for a server's calls are on any.
func (p *point) inLane(do func(ctx context.Context, l *lane) error) error {
	ctx, stop := context.WithTimeout(p.ctx, hangs)
	defer stop()
	done := make(chan error, 1)
	p.server.compilers.look()
	go func() {
		l, err := p.enter(p)
		if err == nil {
			err = do(ctx, l)
		}
		if err != nil && p.ctx.Err() == nil {
			p.leave() // whatever is left in the topic
			err = fmt.Errorf("%s, %v: %w", p.kind, p.request, err)
		}
		done <- err
	}()
	return <-done
}

// rounds does them: what is produced alone is what is fetched. One request more goes before each and one after, so that a consumer
// that fetches ahead, Kafka's, has done so before a round begins and before it ends.
func (p *point) rounds(ctx context.Context, l *lane, b *measure.Burst) error {
	began := measure.Now()
	err := inTurn(
		func() error { return p.ahead(ctx, l) },
		func() error { return p.produceRound(ctx, l, b) },
		func() error { return p.ahead(ctx, l) },
		func() error { return p.drain(ctx, l, 1) },
		func() error { return p.fetchRound(ctx, l, b) },
		func() error { return p.drain(ctx, l, 1) },
		func() error { return p.deliverRound(ctx, l, b) },
		func() error { return p.ahead(ctx, l) },
		func() error { return p.loaded.round(b, p.n, func() error { return l.stream(ctx, p.n) }) },
		func() error { return p.drain(ctx, l, p.n+1) },
	)
	if err != nil {
		return err
	}
	stages := 4
	p.n = min(max(int(roundTime)*p.n*stages/int(measure.Now()-began), leastN), mostN)
	return nil
}

// ahead sends a request that is not timed.
func (p *point) ahead(ctx context.Context, l *lane) error {
	_, err := l.produce(ctx)
	return err
}

// drain takes n requests that are not timed.
func (p *point) drain(ctx context.Context, l *lane, n int) error {
	for range n {
		if _, _, err := l.take(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (p *point) produceRound(ctx context.Context, l *lane, b *measure.Burst) error {
	return p.produce.round(b, p.n, func() error {
		for range p.n {
			ns, err := l.produce(ctx)
			if err != nil {
				return err
			}
			b.Keep(p.produce.wall, ns)
		}
		return nil
	})
}

func (p *point) fetchRound(ctx context.Context, l *lane, b *measure.Burst) error {
	return p.fetch.round(b, p.n, func() error {
		for range p.n {
			fetchNs, ackNs, err := l.take(ctx)
			if err != nil {
				return err
			}
			b.Keep(p.fetch.wall, fetchNs)
			b.Keep(p.ack, ackNs)
		}
		return nil
	})
}

func (p *point) deliverRound(ctx context.Context, l *lane, b *measure.Burst) error {
	return p.deliver.round(b, p.n, func() error {
		return l.deliver(ctx, p.n, l.settled, func(ns float64) { b.Keep(p.deliver.wall, ns) })
	})
}
