package machine

import (
	"os"
	"os/exec"
	"testing"
	"time"
)

// TestProcessTime: of this process it is what getrusage says, of one that counts to a number more and more, of none an error.
func TestProcessTime(t *testing.T) {
	before, _ := ownTime()
	got, err := ProcessTime(os.Getpid())
	after, _ := ownTime()
	// The kernel splits a time in two that are cut to microseconds.
	if err != nil || got < before-time.Millisecond || got > after+time.Millisecond {
		t.Errorf("%v, error %v; want %v to %v", got, err, before, after)
	}
	cmd := exec.Command("sh", "-c", "while :; do :; done")
	if err := cmd.Start(); err != nil {
		t.Skip(err)
	}
	first, err := ProcessTime(cmd.Process.Pid)
	for deadline := time.Now().Add(10 * time.Second); err == nil; {
		var now time.Duration
		if now, err = ProcessTime(cmd.Process.Pid); now > first+5*time.Millisecond {
			break
		}
		if time.Now().After(deadline) {
			t.Errorf("a busy process was at %v and is at %v", first, now)
			break
		}
	}
	if err != nil {
		t.Error(err)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if got, err := ProcessTime(cmd.Process.Pid); err == nil {
		t.Errorf("a process that is gone has %v", got)
	}
}
