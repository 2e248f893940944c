package machine

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// ProcessTime is the processor time of all threads that a process has and had, in user and kernel mode, to the nanosecond: its CPU
// clock, whose number the kernel makes of the process's (clock_getcpuclockid(3)).
func ProcessTime(pid int) (time.Duration, error) {
	const scheduled = 2 // which of a process's clocks: that of time on a processor
	var at unix.Timespec
	if err := unix.ClockGettime(int32(^pid)<<3|scheduled, &at); err != nil {
		return 0, fmt.Errorf("the CPU time of process %d: %w", pid, err)
	}
	return time.Duration(at.Nano()), nil
}
