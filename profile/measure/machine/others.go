package machine

import (
	"os"
	"strconv"
	"strings"
	"time"
)

// Watch tells how much processor time other processes, and a hypervisor that takes processors away ("steal"), used since it
// was made: all that was neither idle nor our own. Idle time is what /proc/stat counts exactly, from clock readings; its
// user and system times are mere samples of the timer tick.
type Watch struct {
	ok     bool
	began  time.Time
	before counts
	own    time.Duration
}

// Use is what a Watch saw. All but Elapsed is zero where the system does not tell.
type Use struct {
	Known      bool
	Elapsed    time.Duration
	Processors int     // of the machine
	Others     float64 // processors that others used on average, steal included, exact to Resolution / Elapsed
	Steal      float64 // of these, what a hypervisor took
}

// Share is the part of the machine that others used, 0 to 1.
func (u Use) Share() float64 {
	if u.Processors == 0 {
		return 0
	}
	return min(1, u.Others/float64(u.Processors))
}

// Resolution of the times in /proc/stat: USER_HZ is 100 (proc_stat(5)).
const Resolution = 10 * time.Millisecond

// OwnTime is the processor time of this process, all its threads together; 0 where the system does not tell.
func OwnTime() time.Duration {
	own, _ := ownTime()
	return own
}

// StartWatch begins to watch.
func StartWatch() Watch {
	before, ok := readCounts()
	own, okOwn := ownTime()
	return Watch{ok: ok && okOwn, before: before, own: own, began: time.Now()}
}

// Use is what was used since the watch was made.
func (w Watch) Use() Use {
	own, okOwn := ownTime()
	elapsed := time.Since(w.began)
	now, okNow := readCounts()
	if !w.ok || !okOwn || !okNow || elapsed <= 0 {
		return Use{Elapsed: elapsed}
	}
	return used(elapsed, w.before, now, own-w.own)
}

func used(elapsed time.Duration, before, now counts, own time.Duration) Use {
	others := time.Duration(before.processors)*elapsed - (now.idle - before.idle) - own
	return Use{
		Known: true, Elapsed: elapsed, Processors: before.processors,
		Others: max(0, float64(others)/float64(elapsed)), Steal: max(0, float64(now.steal-before.steal)/float64(elapsed)),
	}
}

// counts are the times of all processors together since the machine was started.
type counts struct {
	processors  int
	idle, steal time.Duration // waiting for input and output is idle
}

func readCounts() (counts, bool) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return counts{}, false
	}
	return parseStat(string(text))
}

// The columns of /proc/stat (proc_stat(5)), after the word cpu. Steal came with Linux 2.6.11.
const (
	idleColumn   = 4
	iowaitColumn = 5
	stealColumn  = 8
)

// parseStat reads the lines of /proc/stat that begin with cpu: the sum and one for each processor.
func parseStat(text string) (c counts, ok bool) {
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) <= iowaitColumn || !strings.HasPrefix(words[0], "cpu") {
			break
		}
		if words[0] != "cpu" {
			c.processors++
			continue
		}
		for column, into := range map[int]*time.Duration{idleColumn: &c.idle, iowaitColumn: &c.idle, stealColumn: &c.steal} {
			if column >= len(words) {
				continue
			}
			ticks, err := strconv.ParseInt(words[column], 10, 64)
			if err != nil {
				return counts{}, false
			}
			*into += time.Duration(ticks) * Resolution
		}
	}
	return c, c.processors > 0
}
