package machine

import (
	"time"

	"golang.org/x/sys/unix"
)

// Pin keeps the calling thread on the first core that it may use, until free is called. It must be a goroutine's own thread.
func Pin() (free func(), err error) {
	var may, first unix.CPUSet
	if err := unix.SchedGetaffinity(0, &may); err != nil {
		return nil, err
	}
	core := 0
	for !may.IsSet(core) {
		core++
	}
	first.Set(core)
	if err := unix.SchedSetaffinity(0, &first); err != nil {
		return nil, err
	}
	return func() { _ = unix.SchedSetaffinity(0, &may) }, nil
}

// ThreadTime is the processor time that the calling thread has used.
func ThreadTime() (time.Duration, error) {
	var t unix.Timespec
	err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t)
	return time.Duration(t.Nano()), err
}
