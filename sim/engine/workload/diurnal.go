package workload

import (
	"fmt"
	"math"
	"time"

	"vsim/sim/engine/random"
)

// Diurnal is a rate that swings like the hours of a day,
//
//	rate(t) = Mean (1 + Amplitude sin(2 pi (t + Phase) / Period)),
//
// in requests a second. Amplitude is from 0 to 1; a peak r times the trough has amplitude (r-1)/(r+1).
// With Phase 0 the traffic starts at its mean, rising; with three quarters of Period, at its trough.
//
// The sine is cut into a thousand linear pieces: the rate is off by less than 5e-6 Amplitude Mean, its mean
// over a period right.
type Diurnal struct {
	Mean      float64
	Amplitude float64
	Period    time.Duration
	Phase     time.Duration
}

// sinePieces is round in decimals so that the pieces of usual periods are whole nanoseconds.
const sinePieces = 1000

// minPeriod keeps pieces that are not whole nanoseconds within 0.1 % of each other.
const minPeriod = time.Millisecond

func (d Diurnal) tempo(meanGapNs float64) (tempo, error) {
	if err := d.check(); err != nil {
		return tempo{}, err
	}
	t, err := Schedule{Pieces: d.pieces()}.tempo(meanGapNs)
	t.meanRate = d.Mean
	return t, err
}

func (d Diurnal) check() error {
	if err := checkRate("diurnal: mean", d.Mean); err != nil {
		return err
	}
	if !(d.Amplitude >= 0 && d.Amplitude <= 1) {
		return fmt.Errorf("workload: diurnal: amplitude is %g: want 0 to 1", d.Amplitude)
	}
	if d.Period < minPeriod || d.Period > random.MaxNs {
		return fmt.Errorf("workload: diurnal: period is %v: want %v to %v (208 days)", d.Period, minPeriod, time.Duration(random.MaxNs))
	}
	if d.Phase < 0 || d.Phase > d.Period {
		return fmt.Errorf("workload: diurnal: phase is %v: want 0s to the period, %v", d.Phase, d.Period)
	}
	return checkRate("diurnal: peak", d.Mean*(1+d.Amplitude))
}

// pieces returns one period, from Phase on.
func (d Diurnal) pieces() []Piece {
	rate := func(k int) float64 { return d.Mean * (1 + float64(d.Amplitude*sine(k))) }
	var before, after []Piece
	from := time.Duration(0)
	for k := range sinePieces {
		to := d.edge(k + 1)
		p := Piece{to - from, rate(k), rate(k + 1)}
		switch {
		case to <= d.Phase:
			before = append(before, p)
		case from < d.Phase:
			first, second := p.cut(d.Phase - from)
			before, after = append(before, first), append(after, second)
		default:
			after = append(after, p)
		}
		from = to
	}
	return append(after, before...)
}

// edge returns where piece k begins. (The product of period and k could overflow.)
func (d Diurnal) edge(k int) time.Duration {
	n := time.Duration(k)
	return d.Period/sinePieces*n + d.Period%sinePieces*n/sinePieces
}

// cut cuts a piece in two at a time from its start.
func (p Piece) cut(at time.Duration) (first, second Piece) {
	middle := p.From + float64((p.To-p.From)*float64(at)/float64(p.Span))
	return Piece{at, p.From, middle}, Piece{p.Span - at, middle, p.To}
}

// sine returns the sine of k thousandths of a turn, in 2^-30: processors differ in the last bits of
// math.Sin, but none of these is so close to a tie that it would be rounded differently.
func sine(k int) float64 {
	return math.Round(math.Sin(2*math.Pi*float64(k)/sinePieces)*0x1p30) * 0x1p-30
}
