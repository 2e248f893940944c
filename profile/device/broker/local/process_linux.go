package local

import (
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// dieWithParent has a process die with its parent, and be in a group of its own: a terminal's Ctrl-C is for the parent, which stops
// it when it has no more use for it.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

// CPUTime is the CPU time of all threads of a process, those that ended too, in ns.
func CPUTime(pid int) (int64, error) {
	// The clock of a process's CPU time, as clock_getcpuclockid(3) computes its number.
	const scheduler = 2
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|scheduler), &t); err != nil {
		return 0, fmt.Errorf("CPU time of process %d: %w", pid, err)
	}
	return t.Nano(), nil
}

// gone tells whether no process has this number.
func gone(pid int) bool { return syscall.Kill(pid, 0) == syscall.ESRCH }
