package generator

import (
	"context"
	"sync"
	"time"

	"vsim/experiments/load"
	"vsim/experiments/load/record"
)

// gauge is a target before another one that counts the requests in flight, whatever else is noted of them.
type gauge struct {
	target load.Target

	mu     sync.Mutex
	began  time.Time
	since  time.Time // of area
	last   time.Time // when inside changed
	inside int
	area   float64 // requests x ns since since
}

func newGauge(target load.Target, began time.Time) *gauge {
	return &gauge{target: target, began: began, since: began, last: began}
}

// Send counts a request in, and its answer out.
func (g *gauge) Send(ctx context.Context, r load.Request, reply func(load.Reply)) {
	g.step(1)
	g.target.Send(ctx, r, func(a load.Reply) {
		g.step(-1)
		reply(a)
	})
}

func (g *gauge) step(by int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.advance(time.Now())
	g.inside += by
}

func (g *gauge) advance(now time.Time) {
	g.area += float64(g.inside) * float64(now.Sub(g.last))
	g.last = now
}

// take gives the mean since the last take.
func (g *gauge) take() record.Gauge {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.advance(time.Now())
	from, to := g.since, g.last
	out := record.Gauge{FromNs: int64(from.Sub(g.began)), ToNs: int64(to.Sub(g.began))}
	if to.After(from) {
		out.InFlight = g.area / float64(to.Sub(from))
	}
	g.since, g.area = to, 0
	return out
}

// in is how many are in flight now.
func (g *gauge) in() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.inside
}
