package predict

import (
	"context"
	"math"
	"runtime"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"vsim/sim/engine"
	"vsim/sim/engine/event"
)

// turn is how many events a replication is simulated for, some 30 ms, before it goes to the end of the line.
// The replications of a round so end together, on however many cores, and an interrupt is noticed.
const turn = 1 << 18

// cores is the number of replications to run at once.
func cores() int { return runtime.GOMAXPROCS(0) }

// limits are where a replication has to stop.
type limits struct {
	end    event.Time
	events int64
	inside int
}

// mostInside is how many requests may be inside a replication until a moment: what it may hold at all, and so many that
// the time that they have spent there is below 2^63 ns, all of them together.
func (s *study) mostInside(end event.Time) int { return min(mayHold(s.sys), int(math.MaxInt64/end)) }

// mayHold is how many requests may be inside a replication before it is stopped. Of a closed loop there is no limit but its
// clients, and a fleet may hold more than a single server.
func mayHold(sys *engine.System) int {
	if sys.Source.Clients > 0 {
		return math.MaxInt
	}
	return max(maxInside, insideEach*len(sys.Pools))
}

// advance takes every replication to the same simulated time, as many at once as there are cores. It says
// whether all have reached it with the events that they may take, and without being flooded. None goes on where the
// clock would end.
func (s *study) advance(ctx context.Context, end event.Time) (reached bool, err error) {
	if s.flooded = end >= s.runs[0].Horizon(); s.flooded {
		s.most = 0
		return false, nil
	}
	s.most = s.mostInside(end)
	limit := limits{end: end, events: (s.opt.MaxEvents - s.aside.Events) / int64(len(s.runs)), inside: s.most}
	there := make([]bool, len(s.runs))
	line := make(chan int, len(s.runs))
	for i := range s.runs {
		line <- i
	}
	var left atomic.Int64
	left.Store(int64(len(s.runs)))
	g, ctx := errgroup.WithContext(ctx)
	for range min(cores(), len(s.runs)) {
		g.Go(func() error {
			for i := range line {
				more := false
				if ctx.Err() == nil {
					there[i], more = limit.advance(s.runs[i])
				}
				if more {
					line <- i
				} else if left.Add(-1) == 0 {
					close(line)
				}
			}
			return ctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return false, err
	}
	for i, r := range s.runs {
		s.flooded = s.flooded || !there[i] && r.Events() < limit.events
	}
	return !slices.Contains(there, false), nil
}

// advance takes one turn at a replication. It says whether the end is reached, and if not, whether there is
// more to do.
func (l limits) advance(r *engine.Run) (there, more bool) {
	until := min(r.Events()+turn, l.events)
	if r.Until(l.end, until, l.inside) {
		return true, false
	}
	return false, r.Events() == until && until < l.events
}
