package load

import (
	"time"

	"golang.org/x/sys/unix"
)

// sleep blocks the calling thread. Go's own timers are served by epoll, which rounds up to whole
// milliseconds: arrivals would come late, and in clumps.
func sleep(d time.Duration) {
	if d > 0 {
		ts := unix.NsecToTimespec(int64(d))
		_ = unix.ClockNanosleep(unix.CLOCK_MONOTONIC, 0, &ts, nil) // woken early by a signal: the caller looks at the clock
	}
}
