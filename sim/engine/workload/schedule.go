package workload

import (
	"fmt"
	"math/bits"
	"slices"
	"time"

	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
)

// Constant is a rate that stays, in requests a second.
type Constant float64

func (c Constant) tempo(meanGapNs float64) (tempo, error) {
	if err := checkRate("constant: rate", float64(c)); err != nil {
		return tempo{}, err
	}
	return Schedule{Pieces: []Piece{{random.MaxNs, float64(c), float64(c)}}}.tempo(meanGapNs)
}

// Schedule is a rate that follows a plan, piece after piece, and begins anew after the last piece or, with
// Once, ends there.
type Schedule struct {
	Pieces []Piece
	Once   bool
}

// Piece is a span of time over which the rate goes linearly From one value To another, in requests a
// second. Neighbouring pieces need not meet.
type Piece struct {
	Span     time.Duration
	From, To float64
}

func (s Schedule) tempo(meanGapNs float64) (tempo, error) {
	if err := s.check(); err != nil {
		return tempo{}, err
	}
	fastest, arrivals, span := 0.0, 0.0, 0.0
	for _, p := range s.Pieces {
		fastest = max(fastest, p.From, p.To)
		arrivals += float64((p.From + p.To) / 2 * float64(p.Span))
		span += float64(p.Span)
	}
	c := &cycle{once: s.Once}
	scale := newScale(meanGapNs, fastest)
	for _, p := range s.Pieces {
		st := newStretch(event.Time(p.Span), scale.speed(p.From), scale.speed(p.To))
		c.stretches = append(c.stretches, st)
		c.length += st.length
		c.area = c.area.plus(st.area)
	}
	t := tempo{scale: scale, meanRate: arrivals / span, finite: s.Once, start: c.start}
	if !s.Once && s.changes() {
		t.cycle, t.schedule = time.Duration(c.length), &s
	}
	return t, nil
}

// rateAt is the rate at a moment from the start on, in requests a second.
func (s Schedule) rateAt(moment time.Duration) float64 {
	for _, p := range s.Pieces {
		if moment < p.Span {
			_, rest := p.cut(moment)
			return rest.From
		}
		moment -= p.Span
	}
	return s.Pieces[len(s.Pieces)-1].To
}

// from is the schedule begun at a moment of it; what was before comes last.
func (s Schedule) from(moment time.Duration) Schedule {
	var before, after []Piece
	for _, p := range s.Pieces {
		switch {
		case moment >= p.Span:
			before = append(before, p)
		case moment > 0:
			first, rest := p.cut(moment)
			before, after = append(before, first), append(after, rest)
		default:
			after = append(after, p)
		}
		moment -= p.Span
	}
	return Schedule{Pieces: append(after, before...), Once: s.Once}
}

// cut cuts a piece in two at a time from its start.
func (p Piece) cut(at time.Duration) (first, second Piece) {
	middle := p.From + float64((p.To-p.From)*float64(at)/float64(p.Span))
	return Piece{at, p.From, middle}, Piece{p.Span - at, middle, p.To}
}

// changes says that the rate is not the same all the time.
func (s Schedule) changes() bool {
	first := s.Pieces[0].From
	return slices.ContainsFunc(s.Pieces, func(p Piece) bool { return p.From != first || p.To != first })
}

func (s Schedule) check() error {
	if len(s.Pieces) == 0 {
		return fmt.Errorf("workload: schedule: no pieces: want at least one")
	}
	total := time.Duration(0)
	for i, p := range s.Pieces {
		if p.Span <= 0 || p.Span > random.MaxNs-total {
			return fmt.Errorf("workload: schedule: piece %d: span is %v: want more than 0, and all together at most %v (208 days)", i, p.Span, time.Duration(random.MaxNs))
		}
		total += p.Span
		if err := checkRate(fmt.Sprintf("schedule: piece %d: from", i), p.From); err != nil {
			return err
		}
		if err := checkRate(fmt.Sprintf("schedule: piece %d: to", i), p.To); err != nil {
			return err
		}
	}
	return nil
}

// cycle is the stretches of a schedule.
type cycle struct {
	stretches []stretch
	length    event.Time
	area      wide
	once      bool
}

func (c *cycle) start(func(purpose string) random.Stream) course { return &lap{cycle: c} }

// lap is a way through a cycle.
type lap struct {
	*cycle
	done int // stretches
}

func (l *lap) next(area wide) (s stretch, ok bool) {
	if l.area == (wide{}) {
		return stretch{}, false // never an arrival
	}
	if l.done == len(l.stretches) {
		if l.once {
			return stretch{}, false
		}
		l.done = 0
	}
	if l.done == 0 && !l.once && l.area.less(area) {
		return l.laps(area), true
	}
	l.done++
	return l.stretches[l.done-1], true
}

// laps returns as many whole cycles as the clock leaves behind for sure on its way through area, which is
// more than that of a cycle, or at least one of them, as a single stretch: where arrivals are rare, most of
// the way. Both areas are divided by a power of two, and that of the cycle is rounded up: the quotient is
// rather too small.
func (c *cycle) laps(area wide) stretch {
	shift := uint(bits.Len64(c.area.hi)) + 1
	n := area.right(shift).over(c.area.right(shift).lo+1, uint64(forever/c.length))
	n = max(n, 1)
	return stretch{length: event.Time(n) * c.length, area: c.area.times(n)}
}
