// Package recency tells for which part of the time a thread has been idle lately, as kernels reckon it to decide on which core it runs.
package recency

import (
	"math"

	"vsim/sim/engine/event"
)

// Half is the time after which half of what a thread has done counts. (Linux: LOAD_AVG_PERIOD in kernel/sched/pelt.h, 32 ms.)
const Half event.Time = 32e6

// Idle is the part of the time for which a thread has been idle, 0 to 1, the later the more it counts. The zero value has been idle for ever.
type Idle struct {
	busy  float64    // the part for which it was not, at since
	since event.Time // when its job began, or ended
	works bool
}

// At is the part at a time, which is not before the last turn.
func (i *Idle) At(now event.Time) float64 {
	left := math.Exp2(-float64(now-i.since) / float64(Half))
	if i.works {
		return float64((1 - i.busy) * left)
	}
	return 1 - float64(i.busy*left)
}

// Turn notes that a job begins or ends.
func (i *Idle) Turn(now event.Time, works bool) {
	i.busy, i.since, i.works = 1-i.At(now), now, works
}
