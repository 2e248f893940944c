package process

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
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

// Gone tells whether no process has this number.
func Gone(pid int) bool { return syscall.Kill(pid, 0) == syscall.ESRCH }

// Group gives the processes that run in the group of the process with this number. Those that ended and that nobody waited for
// are not among them.
func Group(leader int) (pids []int, err error) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err == nil && len(files) == 0 {
		err = errors.New("/proc, which tells what runs, is empty")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended meanwhile
		}
		// proc_pid_stat(5): pid (name) state parent group; a name may have brackets and spaces.
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		if len(fields) < 3 || fields[0] == "Z" || fields[0] == "X" || fields[2] != strconv.Itoa(leader) {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		pids = append(pids, pid)
	}
	return pids, err
}

// GroupCPUTime is the CPU time of all processes that run in a group, in ns. Those that ended have left it.
func GroupCPUTime(leader int) (ns int64, err error) {
	pids, err := Group(leader)
	for _, pid := range pids {
		if one, err := CPUTime(pid); err == nil {
			ns += one
		}
	}
	return ns, err
}

// KillGroup ends all processes of a group at once.
func KillGroup(leader int) { syscall.Kill(-leader, syscall.SIGKILL) }
