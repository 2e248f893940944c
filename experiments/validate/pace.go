package validate

import (
	"context"
	"fmt"
	"time"
)

// pace shares out the time of a validation that has a limit. Without one there is always enough.
type pace struct {
	began    time.Time
	limit    time.Duration
	end      time.Time     // of the live runs; zero without a limit
	last     time.Time     // of all; likewise
	atEnd    time.Duration // that predictions will take after the live runs
	overhead time.Duration // what the live runs took beyond their loads, in all
	runs     int           // of these
}

const (
	// firstOverhead is what a live run is thought to take beyond its load until one has run, and with each after.
	firstOverhead = 2 * time.Second
	forever       = time.Duration(1 << 61)
)

// limitReached is the cause of a context that ended by the limit.
type limitReached struct{ limit time.Duration }

func (l limitReached) Error() string {
	return fmt.Sprintf("the limit of %v ended before any case had run; give --limit more, or measure for less with --quick or --measure", l.limit)
}

// start begins to count. The context ends with the limit.
func (p *pace) start(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	p.began = time.Now()
	if limit <= 0 {
		return context.WithCancel(ctx)
	}
	p.limit, p.end = limit, p.began.Add(limit)
	p.last = p.end
	return p.bound(ctx)
}

// bound ends a context with the live runs.
func (p *pace) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if p.end.IsZero() {
		return context.WithCancel(ctx)
	}
	return context.WithDeadlineCause(ctx, p.end, limitReached{p.limit})
}

// closing bounds a context with the limit itself.
func (p *pace) closing(ctx context.Context) (context.Context, context.CancelFunc) {
	if p.last.IsZero() {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, p.last)
}

// reserve keeps time for the end.
func (p *pace) reserve(d time.Duration) {
	p.atEnd = d
	if !p.end.IsZero() {
		p.end = p.end.Add(-d)
	}
}

// since is the time since the beginning.
func (p *pace) since() time.Duration { return time.Since(p.began) }

// left is the time until the live runs must be over.
func (p *pace) left() time.Duration {
	if p.end.IsZero() {
		return forever
	}
	return time.Until(p.end)
}

// fits says whether a live run of a case can end in time.
func (p *pace) fits(c *Case) bool { return c.loadTime() <= p.left() }

// cost is how long a live run of a case may take, from what those before took.
func (p *pace) cost(c *Case) time.Duration {
	return c.loadTime() + (p.overhead+firstOverhead)/time.Duration(p.runs+1)
}

// spare is the time that live runs leave, 0 at least.
func (p *pace) spare(runs []liveRun) time.Duration {
	spare := p.left()
	for _, r := range runs {
		spare -= p.cost(r.c)
	}
	return max(spare, 0)
}

// took notes how long a live run of a case took.
func (p *pace) took(c *Case, d time.Duration) {
	p.overhead += max(d-c.loadTime(), 0)
	p.runs++
}
