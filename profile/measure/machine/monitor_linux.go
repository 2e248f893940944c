package machine

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	// monitorSlack is by how much the monitor's sleeps of 20 us and more may be prolonged.
	monitorSlack = 5 * time.Millisecond
	usualSlack   = 50 * time.Microsecond // of Linux
)

// QuietMonitor slows down the monitor thread of Go's runtime. After any call into C of 10 ms or more, an inference say, it looks
// around every 20 us for milliseconds (sysmon in runtime/proc.go): in a live server on two cores decoding and resizing took
// a tenth to an eighth longer with it (profile/measure/README.md). Servers that are not written in Go have no such thread. Its sleeps get a timer slack of 5 ms
// (PR_SET_TIMERSLACK(2const), proc_pid_timerslack_ns(5)); any thread that it has started, and that inherited this, gets the usual one back.
//
// Call it whenever something is about to be measured: it does its work once and is cheap afterwards. It errs where the
// system does not let it: other users than root lack CAP_SYS_NICE.
func QuietMonitor() error {
	monitor, err := monitorThread()
	if err != nil {
		return err
	}
	for _, id := range threads() {
		switch slack := slackOf(id); {
		case id == monitor && slack != monitorSlack:
			err = setSlack(id, monitorSlack)
		case id != monitor && slack == monitorSlack:
			err = errors.Join(err, setSlack(id, usualSlack))
		}
	}
	if err != nil {
		return fmt.Errorf("the monitor thread of Go's runtime cannot be slowed down: %w; as root stages would be shorter, by about a tenth, while the machine is partly idle", err)
	}
	return nil
}

// monitorThread finds the monitor by what it does: of all threads it alone sleeps, again and again, while others run.
var monitorThread = sync.OnceValues(func() (id string, err error) {
	const looks, enough = 2000, 20
	seen := map[string]int{}
	for range looks {
		for _, id := range threads() {
			if !sleeps(id) {
				continue
			}
			if seen[id]++; seen[id] == enough {
				return id, nil
			}
		}
	}
	return "", errors.New("the monitor thread of Go's runtime was not found: this system does not tell what threads do")
})

func threads() (ids []string) {
	entries, _ := os.ReadDir("/proc/self/task")
	for _, e := range entries {
		ids = append(ids, e.Name())
	}
	return ids
}

// sleeps says that a thread is in a call of nanosleep.
func sleeps(id string) bool {
	text, _ := os.ReadFile("/proc/self/task/" + id + "/syscall")
	call, _, _ := strings.Cut(string(text), " ")
	return call == strconv.Itoa(syscall.SYS_NANOSLEEP)
}

// slackOf is a thread's timer slack, 0 where it is not told.
func slackOf(id string) time.Duration {
	text, _ := os.ReadFile("/proc/" + id + "/timerslack_ns")
	ns, _ := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return time.Duration(ns)
}

func setSlack(id string, d time.Duration) error {
	return os.WriteFile("/proc/"+id+"/timerslack_ns", []byte(strconv.FormatInt(int64(d), 10)), 0)
}
