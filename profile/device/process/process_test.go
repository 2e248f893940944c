//go:build linux

package process_test

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"vsim/profile/device/process"
)

// The CPU time is that of all threads, those that ended too.
func TestCPUTimeIsTheWholeProcess(t *testing.T) {
	before, err := process.CPUTime(os.Getpid())
	if err != nil {
		t.Skip(err)
	}
	var use syscall.Rusage
	for since := time.Now(); time.Since(since) < 50*time.Millisecond; {
	}
	after, err := process.CPUTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	syscall.Getrusage(syscall.RUSAGE_SELF, &use)
	total := use.Utime.Nano() + use.Stime.Nano()
	if after <= before || total < after || total-after > 100e6 {
		t.Errorf("CPU time went from %d to %d ns, getrusage says %d", before, after, total)
	}
}

// A group has the children of its leader, also when the leader is gone; KillGroup leaves none.
func TestGroup(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	p, err := process.Start(process.Command{Args: []string{"sh", "-c", "sleep 60 & echo $!; wait"}, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	defer process.KillGroup(p.PID)
	child := 0
	eventually(t, "the child tells its number", func() bool {
		text, _ := os.ReadFile(log)
		child, _ = strconv.Atoi(strings.TrimSpace(string(text)))
		return child > 0
	})
	if got := group(t, p.PID); !slices.Equal(got, sorted(p.PID, child)) {
		t.Errorf("group %v, want %d and its child %d", got, p.PID, child)
	}
	if ns, err := process.GroupCPUTime(p.PID); err != nil || ns <= 0 {
		t.Errorf("CPU time of the group: %d ns, %v", ns, err)
	}
	p.Signal(syscall.SIGKILL)
	<-p.Ended
	if got := group(t, p.PID); p.Alive() || !slices.Equal(got, []int{child}) {
		t.Errorf("after the leader's end its group has %v, want %d", got, child)
	}
	process.KillGroup(p.PID)
	eventually(t, "the group is empty", func() bool { return len(group(t, p.PID)) == 0 })
}

func group(t *testing.T, leader int) []int {
	t.Helper()
	pids, err := process.Group(leader)
	if err != nil {
		t.Fatal(err)
	}
	return sorted(pids...)
}

func sorted(pids ...int) []int { slices.Sort(pids); return pids }

// eventually waits for what a loaded machine may do late.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for range 3000 {
		if holds() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("not after 30 s: " + what)
}
