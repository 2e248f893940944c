package measure

import (
	"context"
	"runtime"
	"time"

	"vsim/profile/measure/machine"
)

// Bench measures the points of a target, a slice at a time. Between slices nothing of it runs. It belongs
// to one goroutine.
type Bench struct {
	target      Target
	points      []*Point
	options     Options
	load1       float64 // before the target was opened
	began       time.Time
	interrupted bool
}

// Open notes how busy the machine is, opens the target and does every job once, so that whatever is wrong
// is said before anything is measured. When ctx is cancelled its error comes back.
func Open(ctx context.Context, o Options, open func() (Target, error)) (*Bench, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	b := &Bench{options: o, load1: machine.Load1(), began: time.Now()}
	if b.target, err = open(); err != nil {
		return nil, err
	}
	b.points = b.target.Points()
	if err := b.warm(ctx); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

// Close frees the target.
func (b *Bench) Close() { b.target.Close() }

// warm does every job of every point once.
func (b *Bench) warm(ctx context.Context) error {
	for _, p := range b.points {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := p.Chain.Job(nil); err != nil {
			return err
		}
		if p.Crew == nil {
			continue
		}
		if err := p.Crew.during(p.K, func() error { return nil }); err != nil {
			return err
		}
	}
	return nil
}

// Slice measures for about d: again and again the unfinished point that got the least time so far is
// visited for a burst, so that a drift of the machine hurts all points alike. It returns at once when
// every point is finished. An interrupted visit is dropped, all others are kept.
func (b *Bench) Slice(ctx context.Context, d time.Duration) error {
	for end := time.Now().Add(d); time.Now().Before(end); {
		if finished, err := b.step(ctx); finished || err != nil {
			return err
		}
	}
	return nil
}

// step makes the next visit.
func (b *Bench) step(ctx context.Context) (finished bool, err error) {
	p := b.next()
	if p == nil {
		return true, nil
	}
	err = b.visit(ctx, p)
	b.interrupted = b.interrupted || ctx.Err() != nil
	return false, err
}

func (b *Bench) next() *Point {
	var next *Point
	for _, p := range b.points {
		if !p.fixed && (next == nil || p.spent < next.spent) {
			next = p
		}
	}
	return next
}

// visit measures one burst of a point. A contention point is measured alone right before, for a slow-down
// from the same moment.
func (b *Bench) visit(ctx context.Context, p *Point) (err error) {
	// GOMAXPROCS is above the number of busy goroutines, as in the live server, so that the kernel alone
	// decides which of them runs.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(b.options.Busy + 2))
	began := Now()
	watch := machine.StartWatch()
	var v visit
	if v.alone, err = p.Chain.run(ctx, b.options.Burst); err != nil {
		return err
	}
	if p.Crew != nil {
		err = p.Crew.during(p.K, func() (err error) {
			v.beside, err = p.Chain.run(ctx, b.options.Burst)
			return err
		})
		if err != nil {
			return err
		}
	}
	v.judge(watch, b.options.OthersCores)
	if v.cause, err = b.target.Disturbed(); err != nil {
		return err
	}
	v.quiet = v.quiet && v.cause == ""
	p.spent += Now() - began
	p.visits = append(p.visits, v)
	p.assess(b.options.Precision)
	return nil
}
