package machine

import (
	"os"
	"strconv"
	"strings"
	"time"
)

// Watch tells how much processor time other processes (and a hypervisor that takes cores away, "steal")
// used since it was made: all that was neither idle nor our own. Idle time is what /proc/stat counts
// exactly, from clock readings; its user and system times are mere samples of the timer tick.
type Watch struct {
	ok        bool
	cpus      int
	began     time.Time
	idle, own time.Duration
}

// Resolution of the times in /proc/stat: USER_HZ is 100 (proc_stat(5)).
const Resolution = 10 * time.Millisecond

// StartWatch begins to watch.
func StartWatch() Watch {
	cpus, idle, ok := idleTime()
	own, okOwn := ownTime()
	return Watch{ok: ok && okOwn, cpus: cpus, idle: idle, own: own, began: time.Now()}
}

// Others is the mean number of cores that others used since the watch was made, exact to
// Resolution / elapsed cores, and the time elapsed. ok is false where the system does not tell.
func (w Watch) Others() (cores float64, elapsed time.Duration, ok bool) {
	own, okOwn := ownTime()
	elapsed = time.Since(w.began)
	_, idle, okIdle := idleTime()
	ok = w.ok && okOwn && okIdle && elapsed > 0
	if !ok {
		return 0, elapsed, false
	}
	return othersCores(w.cpus, elapsed, idle-w.idle, own-w.own), elapsed, true
}

func othersCores(cpus int, elapsed, idle, own time.Duration) float64 {
	used := time.Duration(cpus)*elapsed - idle - own
	return max(0, float64(used)/float64(elapsed))
}

// idleTime reads the idle time of all processors together, waiting for input and output included.
func idleTime() (cpus int, idle time.Duration, ok bool) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0, false
	}
	return parseStat(string(text))
}

// parseStat reads the lines of /proc/stat that begin with cpu: the sum and one for each processor.
func parseStat(text string) (cpus int, idle time.Duration, ok bool) {
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) < 6 || !strings.HasPrefix(words[0], "cpu") {
			break
		}
		if words[0] != "cpu" {
			cpus++
			continue
		}
		for _, word := range words[4:6] { // idle, iowait
			ticks, err := strconv.ParseInt(word, 10, 64)
			if err != nil {
				return 0, 0, false
			}
			idle += time.Duration(ticks) * Resolution
		}
	}
	return cpus, idle, cpus > 0
}
