package stats

import "vsim/sim/engine/event"

// TimeAverage integrates a whole number that changes by steps (requests
// inside, busy servers) over simulated time, exactly. The zero value is 0
// from time 0 on.
//
// Integrals are in (units x ns), exact up to 2^63: 106 days of 1000 requests
// inside. Beyond, they are exact modulo 2^64, as is Histogram.Sum, so that
// Little's law can still be checked to the last bit.
type TimeAverage struct {
	area  int64
	value int64
	last  event.Time
}

// Set makes the value n from now on. Time must not run backwards.
func (a *TimeAverage) Set(now event.Time, n int64) {
	a.area += a.value * int64(now-a.last)
	a.value, a.last = n, now
}

// Add changes the value by delta from now on.
func (a *TimeAverage) Add(now event.Time, delta int64) { a.Set(now, a.value+delta) }

// Value returns the present value.
func (a *TimeAverage) Value() int64 { return a.value }

// Changed returns the moment of the last change.
func (a *TimeAverage) Changed() event.Time { return a.last }

// Integral returns the integral from 0 to now, which must not lie before the
// last change.
func (a *TimeAverage) Integral(now event.Time) int64 {
	return a.area + a.value*int64(now-a.last)
}

// Mean returns the time average from one moment to now, given the integral as
// it was at that moment (0 for the start of the run).
func (a *TimeAverage) Mean(from event.Time, integralFrom int64, now event.Time) float64 {
	return float64(a.Integral(now)-integralFrom) / float64(now-from)
}
