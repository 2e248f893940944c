package broker

import (
	"context"
	"fmt"
	"time"

	"vsim/profile"
	"vsim/profile/measure"
)

// pauses are for how long client and broker have nothing to do before requests that are measured again: then they have to be woken, on
// cores that sleep, and find the caches full of other data.
var pauses = []time.Duration{3 * time.Millisecond, 12 * time.Millisecond, 50 * time.Millisecond}

// restedBase is the number of requests of a round without pauses.
const restedBase = 40

// addRested measures requests of a kind again, one at a time after pauses.
func (t *target) addRested(kind string, s *server, r request) {
	p := &point{target: t, kind: kind, server: s, request: r, n: restedBase, ack: measure.Skip}
	p.produce, p.deliver = p.stage(profile.Produce), p.stage(profile.Deliver)
	steady := &measure.Chain{Keys: p.keys, Means: p.means, Job: func(b *measure.Burst) error {
		return p.inLane(func(ctx context.Context, l *lane) error { return p.steady(ctx, l, b) })
	}}
	for _, pause := range pauses {
		t.points = append(t.points, &measure.Point{Name: fmt.Sprintf("%s, %v, pause %v", kind, r, pause), Chain: steady, Rested: p.rested(pause)})
	}
}

// steady does rounds of what is sent and of what is delivered.
func (p *point) steady(ctx context.Context, l *lane, b *measure.Burst) error {
	return inTurn(
		func() error { return p.ahead(ctx, l) },
		func() error { return p.produceRound(ctx, l, b) },
		func() error { return p.drain(ctx, l, p.n+1) },
		func() error { return p.deliverRound(ctx, l, b) },
	)
}

// rested is the work of a point after pauses. A request goes before one that is only sent, so that a consumer that fetches ahead has done
// so before the pause.
func (p *point) rested(pause time.Duration) *measure.Rested {
	sent, delivered := len(p.keys), len(p.keys)+1
	idle := profile.Key{Stage: "idle", Resource: brokerResource}
	out := &measure.Rested{Chain: measure.Chain{Keys: append(p.keys[:len(p.keys):len(p.keys)], idle, idle), Means: p.means}}
	for part := range p.keys {
		out.Idle = append(out.Idle, sent)
		if part >= p.deliver.wall {
			out.Idle[part] = delivered
		}
	}
	out.Job = func(b *measure.Burst) error {
		return p.inLane(func(ctx context.Context, l *lane) error {
			return inTurn(
				func() error { return p.ahead(ctx, l) },
				func() error { return p.sendRested(ctx, l, b, pause, sent) },
				func() error { return p.drain(ctx, l, 2) },
				func() error { return p.deliverRested(ctx, l, b, pause, delivered) },
			)
		})
	}
	return out
}

func inTurn(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// sendRested sends a request after a pause, whose length it keeps in a part.
func (p *point) sendRested(ctx context.Context, l *lane, b *measure.Burst, pause time.Duration, idle int) error {
	began := measure.Now()
	time.Sleep(pause)
	b.Add(idle, began)
	return p.produce.round(b, 1, func() error {
		ns, err := l.produce(ctx)
		b.Keep(p.produce.wall, ns)
		return err
	})
}

// deliverRested is likewise of one that goes to a consumer which waits.
func (p *point) deliverRested(ctx context.Context, l *lane, b *measure.Burst, pause time.Duration, idle int) (err error) {
	var before spent
	wait := func() {
		began := measure.Now()
		time.Sleep(pause)
		b.Add(idle, began)
		before, err = p.server.spend()
	}
	if err := l.deliver(ctx, 1, wait, func(ns float64) { b.Keep(p.deliver.wall, ns) }); err != nil {
		return err
	}
	if err != nil {
		return err
	}
	after, err := p.server.spend()
	p.deliver.keep(b, 1, after.since(before))
	return err
}
