package measure

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"vsim/profile/measure/machine"
)

// Bench measures the points of a target, a slice at a time. Between slices nothing of it runs. It belongs
// to one goroutine. All that it measures runs on one thread, and each neighbour on one of its own.
type Bench struct {
	target      Target
	points      []*Point
	leftOut     []string // points that failed, and why
	options     Options
	thread      *thread
	load1       float64       // before the target was opened
	state       machine.State // likewise
	reference   series
	watch       func() watch
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
	if err := machine.QuietMonitor(); err != nil {
		o.Notes = append(slices.Clone(o.Notes), err.Error())
	}
	b := &Bench{options: o, load1: machine.Load1(), state: machine.Look(), began: time.Now(), thread: newThread(), watch: startWatch}
	b.reference = series{job: NewReference().Time, began: Now()}
	if err := b.thread.do(func() (err error) { b.target, err = open(); return err }); err != nil {
		b.thread.end()
		return nil, err
	}
	b.points = slices.Clone(b.target.Points())
	if err := b.warm(ctx); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

// Close frees the target.
func (b *Bench) Close() {
	for _, p := range b.target.Points() {
		if p.Crew != nil {
			p.Crew.close()
		}
	}
	b.target.Close()
	b.thread.end()
}

// warm does every job of every point once.
func (b *Bench) warm(ctx context.Context) error {
	crews := map[*Crew]error{}
	for _, p := range slices.Clone(b.points) {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := b.thread.do(func() error { return p.Chain.Job(nil) })
		if err == nil && p.Crew != nil {
			if _, warm := crews[p.Crew]; !warm {
				crews[p.Crew] = p.Crew.warm()
			}
			err = crews[p.Crew]
		}
		if err := b.leave(p, err); err != nil {
			return err
		}
	}
	return nil
}

// leave takes a point that failed out, with a note, where Options say so. A target that answers no more is the end of all:
// then the error comes back.
func (b *Bench) leave(p *Point, err error) error {
	if err == nil {
		return nil
	}
	if !b.options.LeaveOut || b.thread.do(b.target.Alive) != nil {
		return err
	}
	b.leftOut = append(b.leftOut, fmt.Sprintf("%s: %v", p.Name, err))
	if len(p.visits) > 0 {
		p.fixed = true // what was measured stays
		return nil
	}
	b.points = slices.DeleteFunc(b.points, func(other *Point) bool { return other == p })
	if len(b.points) == 0 {
		return err
	}
	return nil
}

// LeftOut says what could not be measured because it failed, each with the reason.
func (b *Bench) LeftOut() []string { return slices.Concat(b.target.LeftOut(), b.leftOut) }

// Slice measures for about d: again and again the unfinished point that got the least time so far, by its share, is
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
	err = b.thread.do(func() error {
		if target, ok := b.target.(renewer); ok {
			if err := target.Renew(time.Since(b.began)); err != nil {
				return err
			}
		}
		return b.visit(ctx, p)
	})
	if ctx.Err() != nil {
		b.interrupted = true
		return false, err
	}
	return false, b.leave(p, err)
}

func (b *Bench) next() *Point {
	var next *Point
	for _, p := range b.points {
		if !p.fixed && (next == nil || b.before(p, next)) {
			next = p
		}
	}
	return next
}

// before says that a point is visited before another: it lacks visits and the other does not, or it got less time by its share, which is the
// larger the wider its interval is. (Neyman 1934: the sum of variances is least where each gets time as its deviation.)
func (b *Bench) before(p, other *Point) bool {
	if lacks := len(p.visits) < minVisits; lacks != (len(other.visits) < minVisits) {
		return lacks
	}
	return float64(p.spent)/b.share(p) < float64(other.spent)/b.share(other)
}

// mostShare bounds how much more time a point gets than one that is precise enough: some intervals are wide and matter little.
const mostShare = 3

func (b *Bench) share(p *Point) float64 {
	if len(p.visits) < minVisits {
		return 1
	}
	return min(max(p.worst/b.options.Precision, 1), mostShare)
}

// watch tells what others use of the machine since it was made.
type watch interface{ Use() machine.Use }

func startWatch() watch { return machine.StartWatch() }

// helpersTime is the processor time that processes have used which work for the target.
func (b *Bench) helpersTime() time.Duration {
	if target, ok := b.target.(helped); ok {
		return target.HelpersTime()
	}
	return 0
}

// without takes off what others used what helpers did.
func without(use machine.Use, helpers time.Duration) machine.Use {
	if use.Elapsed > 0 {
		use.Others = max(0, use.Others-float64(helpers)/float64(use.Elapsed))
	}
	return use
}

// visit measures one burst of a point. A contention point is measured alone right before, for a slow-down
// from the same moment.
func (b *Bench) visit(ctx context.Context, p *Point) (err error) {
	// GOMAXPROCS is above the number of busy goroutines, as in the live server, so that the kernel alone
	// decides which of them runs.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(b.options.Busy + 2))
	_ = machine.QuietMonitor() // for threads that are new; that it cannot be done is noted already
	began, timed := Now(), b.reference.look()
	watch, helpers := b.watch(), b.helpersTime()
	var v visit
	if v.alone, err = p.Chain.run(ctx, b.options.WarmUp, b.options.Burst); err != nil {
		return err
	}
	if p.Crew != nil {
		err = p.Crew.during(p.K, func() (err error) {
			v.beside, err = p.Chain.run(ctx, b.options.WarmUp, b.options.Burst)
			return err
		})
		if err != nil {
			return err
		}
	}
	if p.Rested != nil {
		if v.beside, err = p.Rested.few(ctx, b.options.Burst); err != nil {
			return err
		}
	}
	use := without(watch.Use(), b.helpersTime()-helpers)
	cause, err := b.target.Disturbed()
	if err != nil {
		return err
	}
	b.reference.look()
	v.judge(use, b.options.OthersCores, cause, b.reference.slower(timed))
	b.reference.mark(timed, v.quiet)
	p.spent += Now() - began
	p.visits = append(p.visits, v)
	p.assess(b.options.Precision)
	return nil
}
