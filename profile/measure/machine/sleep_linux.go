package machine

import (
	"time"

	"golang.org/x/sys/unix"
)

// punctual has the kernel wake the calling thread on time, and not up to 50 us later, until the function that it returns is called
// (PR_SET_TIMERSLACK(2const)).
func punctual() (usual func()) {
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0) // else it is a little late
	return func() { _ = unix.Prctl(unix.PR_SET_TIMERSLACK, 0, 0, 0, 0) }
}

// sleep blocks the calling thread. Go's own timers are served by epoll, which rounds up to whole
// milliseconds: arrivals would come late, and in clumps.
func sleep(d time.Duration) {
	if d > 0 {
		ts := unix.NsecToTimespec(int64(d))
		_ = unix.ClockNanosleep(unix.CLOCK_MONOTONIC, 0, &ts, nil) // woken early by a signal: the caller looks at the clock
	}
}
