package measure

import (
	"sync"
	"time"
)

// clockCost is the mean time in ns between two readings of the clock with nothing between.
var clockCost = sync.OnceValue(func() float64 {
	const readings = 10_000
	began := Now()
	for range readings {
		Now()
	}
	return float64(Now()-began) / readings
})

var epoch = time.Now()

// Now reads the monotonic clock, since the process began.
func Now() time.Duration { return time.Since(epoch) }
