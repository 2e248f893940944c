//go:build unix

package machine

import (
	"time"

	"golang.org/x/sys/unix"
)

// ownTime is the processor time of this process, all its threads together (getrusage(2)).
func ownTime() (time.Duration, bool) {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0, false
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), true
}
