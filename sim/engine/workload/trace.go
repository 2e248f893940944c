package workload

import (
	"fmt"
	"math"
	"time"

	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
)

// Trace is recorded arrivals.
type Trace struct {
	Times   []event.Time  // ns from the start of the run, ascending, at most 2^53 (104 days)
	Classes []int32       // the class of each; nil leaves all to the weights, -1 that one
	Period  time.Duration // after which it begins anew, not before the last arrival; 0 means that it ends there
	Scale   float64       // by which all times are multiplied, Period's too: 0.5 is twice as fast; 0 means 1
}

// maxTime is the largest time in a trace, in ns. Up to it floats are exact.
const maxTime = 1 << 53

// Replay returns the traffic that a trace recorded. Scaled times are rounded to ns. All replications read
// the slices of the trace, which must not change any more. A trace that ends has its mean rate from the
// start of the run to its last arrival.
func Replay(t Trace) (Arrivals, error) {
	if t.Scale == 0 {
		t.Scale = 1
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	return &replay{t, scaled(event.Time(t.Period), t.Scale)}, nil
}

func (t *Trace) check() error {
	if len(t.Times) == 0 {
		return fmt.Errorf("workload: trace: no arrivals: want at least one")
	}
	if t.Classes != nil && len(t.Classes) != len(t.Times) {
		return fmt.Errorf("workload: trace: %d arrivals and the classes of %d: want them of all, or of none", len(t.Times), len(t.Classes))
	}
	last := event.Time(0)
	for i, at := range t.Times {
		if at < last || at > maxTime {
			return fmt.Errorf("workload: trace: arrival %d is at %d ns: want %d (the one before) to %d ns (104 days)", i, at, last, int64(maxTime))
		}
		last = at
	}
	for i, class := range t.Classes {
		if class < -1 {
			return fmt.Errorf("workload: trace: arrival %d: class is %d: want 0 or more, or -1 for any", i, class)
		}
	}
	if t.Period != 0 && (event.Time(t.Period) < last || t.Period > maxTime) {
		return fmt.Errorf("workload: trace: period is %v: want %v (the last arrival) to %v", t.Period, time.Duration(last), time.Duration(maxTime))
	}
	return t.checkScale(max(last, event.Time(t.Period)))
}

// checkScale checks that a trace of a length is neither too long nor too short after scaling.
func (t *Trace) checkScale(length event.Time) error {
	if !(t.Scale > 0) {
		return fmt.Errorf("workload: trace: scale is %g: want more than 0", t.Scale)
	}
	if x := float64(length) * t.Scale; !(x >= 1 && x <= maxTime) {
		return fmt.Errorf("workload: trace: it is %d ns long at scale %g: want 1 to %d ns (104 days) when scaled", length, t.Scale, int64(maxTime))
	}
	return nil
}

func scaled(at event.Time, scale float64) event.Time {
	return event.Time(math.Round(float64(at) * scale))
}

// replay is what Replay returns.
type replay struct {
	Trace
	period event.Time // scaled; 0 means that it ends
}

func (r *replay) MeanRate() float64 {
	length := r.period
	if length == 0 {
		length = scaled(r.Times[len(r.Times)-1], r.Scale)
	}
	return float64(len(r.Times)) / float64(length) * 1e9
}

func (r *replay) Finite() bool { return r.Period == 0 }

// Cycle is the scaled Period.
func (r *replay) Cycle() time.Duration { return time.Duration(r.period) }

func (r *replay) Start(func(purpose string) random.Stream) Process { return &reading{replay: r} }

// reading is a trace that is being played.
type reading struct {
	*replay
	start event.Time // of the current round
	done  int        // arrivals of it
}

func (p *reading) Next() (at event.Time, class int32, ok bool) {
	if p.done == len(p.Times) {
		if p.period == 0 || p.start >= forever {
			return event.Never, -1, false
		}
		p.start, p.done = p.start+p.period, 0
	}
	at, class = p.start+scaled(p.Times[p.done], p.Scale), -1
	if p.Classes != nil {
		class = p.Classes[p.done]
	}
	p.done++
	return at, class, true
}
