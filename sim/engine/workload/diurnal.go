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

// MinPeriod of a day keeps pieces that are not whole nanoseconds within 0.1 % of each other.
const MinPeriod = time.Millisecond

func (d Diurnal) tempo(meanGapNs float64) (tempo, error) {
	if err := d.check(); err != nil {
		return tempo{}, err
	}
	t, err := d.schedule().tempo(meanGapNs)
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
	if d.Period < MinPeriod || d.Period > random.MaxNs {
		return fmt.Errorf("workload: diurnal: period is %v: want %v to %v (208 days)", d.Period, MinPeriod, time.Duration(random.MaxNs))
	}
	if d.Phase < 0 || d.Phase > d.Period {
		return fmt.Errorf("workload: diurnal: phase is %v: want 0s to the period, %v", d.Phase, d.Period)
	}
	return checkRate("diurnal: peak", d.Mean*(1+d.Amplitude))
}

// schedule returns one period, from Phase on.
func (d Diurnal) schedule() Schedule {
	rate := func(k int) float64 { return d.Mean * (1 + float64(d.Amplitude*sine(k))) }
	var s Schedule
	for k := range sinePieces {
		s.Pieces = append(s.Pieces, Piece{d.edge(k+1) - d.edge(k), rate(k), rate(k + 1)})
	}
	return s.from(d.Phase)
}

// edge returns where piece k begins. (The product of period and k could overflow.)
func (d Diurnal) edge(k int) time.Duration {
	n := time.Duration(k)
	return d.Period/sinePieces*n + d.Period%sinePieces*n/sinePieces
}

// sine returns the sine of k thousandths of a turn, in 2^-30: processors differ in the last bits of
// math.Sin, but none of these is so close to a tie that it would be rounded differently.
func sine(k int) float64 {
	return math.Round(math.Sin(2*math.Pi*float64(k)/sinePieces)*0x1p30) * 0x1p-30
}
