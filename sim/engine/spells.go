package engine

import (
	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
)

// Spells are stretches of time in which the jobs of a step are alike: all take so many times as long as they would. What jobs draw of their own comes
// on top. Stretches of exponential length forget like exp(-t/mean) (a renewal process, Cox 1962, Renewal Theory).
type Spells struct {
	Lasts  *random.Sampler // how long each lasts, ns
	Factor *random.Sampler // its factor, in 1/VariesUnit
}

// spells are a step's at run time. Its random numbers are its own, so that all others are what they are without it.
type spells struct {
	*Spells
	stream random.Stream
	until  event.Time // the present one's end
	factor float64
}

// stretch makes a job that begins now as long as it is in the present spell. Times at which nothing begins make no difference.
func (s *spells) stretch(now event.Time, ns int64) int64 {
	if now >= s.until {
		s.factor = float64(s.Factor.Draw(&s.stream)) / VariesUnit
		s.until = now + event.Time(s.Lasts.Draw(&s.stream))
	}
	return int64(float64(ns) * s.factor)
}
