package gpu

import (
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime is the processor time of this process, all its threads together (clock_gettime(2)).
func cpuTime() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &ts); err != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}
