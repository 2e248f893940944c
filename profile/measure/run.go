package measure

import (
	"context"
	"math"
	"time"
)

// Progress says how far a Run is.
type Progress struct {
	Done             float64 // 0 to 1, by time
	Left             time.Duration
	Points, Finished int
	Point            string // to be visited next
}

// Run visits the points until every 95 % interval is as narrow as Options.Precision, or the Budget ends,
// and then lets the target Finish. progress, which may be nil, is called before each visit. When ctx is
// cancelled its error comes back, and what was measured is kept.
func (b *Bench) Run(ctx context.Context, progress func(Progress)) error {
	if err := b.runPoints(ctx, progress); err != nil {
		return err
	}
	err := b.target.Finish(ctx)
	b.interrupted = b.interrupted || err != nil && ctx.Err() != nil
	return err
}

func (b *Bench) runPoints(ctx context.Context, progress func(Progress)) error {
	began := time.Now()
	for {
		left := b.left(time.Since(began))
		if progress != nil {
			progress(b.progress(time.Since(began), left))
		}
		if left <= 0 {
			return nil
		}
		if finished, err := b.step(ctx); finished || err != nil {
			return err
		}
	}
}

func (b *Bench) progress(elapsed, left time.Duration) Progress {
	p := Progress{Points: len(b.points), Left: left, Done: float64(elapsed) / float64(elapsed+left)}
	for _, pt := range b.points {
		if pt.fixed {
			p.Finished++
		}
	}
	if next := b.next(); next != nil {
		p.Point = next.Name
	}
	return p
}

// left estimates the time until the last point is precise enough: an interval's width falls with the
// root of the time. Budgets limit it.
func (b *Bench) left(elapsed time.Duration) time.Duration {
	total := 0.0
	for _, p := range b.points {
		if !p.fixed {
			total += b.need(p)
		}
	}
	if b.options.Budget > 0 {
		total = min(total, float64(b.options.Budget-elapsed))
	}
	return time.Duration(min(total, math.MaxInt64/2))
}

// need estimates the ns that a point still takes, at least one burst.
func (b *Bench) need(p *Point) float64 {
	least := float64(b.options.Burst)
	spent := float64(p.spent)
	ns := least * float64(max(1, minVisits-len(p.visits)))
	if len(p.visits) >= minVisits {
		wider := p.worst / b.options.Precision
		ns = spent * (wider*wider - 1)
	}
	return max(ns, least)
}
