package measure

import (
	"sync"
	"time"
)

// clockCost is the mean time in ns between two readings of the clock with nothing between.
var clockCost = sync.OnceValue(func() float64 {
	const readings = 10_000
	began := now()
	for range readings {
		now()
	}
	return float64(now()-began) / readings
})

var epoch = time.Now()

// now is the monotonic clock: one reading, no wall time.
func now() time.Duration { return time.Since(epoch) }
