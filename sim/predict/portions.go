package predict

import (
	"context"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"vsim/sim/engine"
	"vsim/sim/engine/event"
	"vsim/sim/engine/workload"
	"vsim/sim/topology"
)

const (
	mostPortions  = 1024 // into which a cycle is cut, a power of two,
	leastPortions = 16   // or where the system takes longer to forget, fewer
	warmUpPart    = 32   // of a portion that it warms up for
)

// portions are those of a cycle of traffic, all as long, that are simulated side by side: each once, request by request, at a rate that goes
// on changing, so that nothing is taken to be steady. Each begins with an empty system a while before its time, long enough for
// the system to forget that. Together they make up the cycle but for a 100,000th of it: they are whole blocks of a run's history.
type portions struct {
	n       int
	warmUp  time.Duration
	windows []engine.Window // each portion is in one of them, in turn: all of them show all hours of a day, and differ by chance
	course  History
	spent   RunInfo

	mu      sync.Mutex
	next    int                    // the portion that is added up next: sums must not depend on which is done first
	waiting map[int]*engine.Window // portions done that come later
}

// portionsOf cuts the cycle into portions. They are nil where the system takes too long to forget.
func (s *study) portionsOf(peak *study) (*portions, error) {
	r, err := engine.New(s.sys, 0)
	if err != nil {
		return nil, err
	}
	_, block := r.Blocks() // a binary part of the cycle, or more than all of it
	for n := mostPortions; n >= leastPortions; n /= 2 {
		doublings := math.Log2(float64(cycle(s.sys)) / float64(n*warmUpPart) / float64(block))
		if doublings < -0.5 {
			continue
		}
		warmUp := block << int(math.Round(doublings))
		if peak.quick(warmUp) {
			return &portions{n: n, warmUp: warmUp, windows: make([]engine.Window, len(s.runs)), waiting: map[int]*engine.Window{}}, nil
		}
	}
	return nil, nil
}

// simulate takes all portions to their ends, as many at once as there are cores. It says whether they got there with so many events each.
func (p *portions) simulate(ctx context.Context, s *study, events int64, progress func(float64)) (bool, error) {
	var next, failed atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range min(cores(), p.n) {
		g.Go(func() error {
			for i := int(next.Add(1) - 1); i < p.n && failed.Load() == 0; i = int(next.Add(1) - 1) {
				r, ok, err := p.one(ctx, s, i, events)
				if err != nil {
					return err
				}
				if !ok {
					failed.Add(1)
					return nil
				}
				p.add(i, r, s.top, progress)
			}
			return nil
		})
	}
	err := g.Wait()
	return failed.Load() == 0, err
}

// one simulates a portion.
func (p *portions) one(ctx context.Context, s *study, i int, events int64) (r *engine.Run, ok bool, err error) {
	length := warmUpPart * p.warmUp
	begins := time.Duration(i)*length - p.warmUp
	if begins < 0 {
		begins += cycle(s.sys)
	}
	sys := *s.sys
	if sys.Source.Arrivals, err = s.sys.Source.Arrivals.(workload.Varying).From(begins); err != nil {
		return nil, false, err
	}
	sys.Seed ^= golden // those of moments are others
	if r, err = engine.New(&sys, i); err != nil {
		return nil, false, err
	}
	end := event.Time(p.warmUp + length)
	limit := limits{end: end, events: events, inside: s.mostInside(end)}
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		ok, more = limit.advance(r)
	}
	return r, ok, nil
}

// add adds up what a portion showed once all before it are.
func (p *portions) add(i int, r *engine.Run, top *topology.Topology, progress func(float64)) {
	_, block := r.Blocks()
	w := r.Since(int(p.warmUp / block))
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting[i] = &w
	p.spent.Events, p.spent.Requests = p.spent.Events+r.Events(), p.spent.Requests+r.Completed()
	for ; p.waiting[p.next] != nil; p.next++ {
		p.windows[p.next%len(p.windows)].Add(p.waiting[p.next], 1)
		p.course.goOn(top, *p.waiting[p.next])
		delete(p.waiting, p.next)
	}
	if progress != nil {
		progress(float64(p.next) / float64(p.n))
	}
}

// note says for people what was simulated.
func (p *portions) note(cycle time.Duration) string {
	return fmt.Sprintf("The %v after which the traffic repeats itself were simulated whole, once: %d portions side by side, each after %v to warm up; what limits the system is what does so at the peak.",
		cycle, p.n, p.warmUp.Round(time.Millisecond))
}
