package broker

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// compilers are the threads of a Java process that compile what it does often into machine code, while it does it. They go on for
// half a minute and more, and a broker that has run for an hour has none of it: what they use is not the requests'.
type compilers struct {
	pid     int
	threads []string // files that tell their processor time
}

// look finds the threads: there may be more or fewer of them after a while. It finds none in another process, and on a system that
// does not tell.
func (c *compilers) look() {
	c.threads = c.threads[:0]
	names, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/comm", c.pid))
	for _, name := range names {
		text, _ := os.ReadFile(name)
		if comm := string(text); strings.HasPrefix(comm, "C1 Compiler") || strings.HasPrefix(comm, "C2 Compiler") {
			c.threads = append(c.threads, filepath.Join(filepath.Dir(name), "schedstat"))
		}
	}
}

// used is the processor time of the threads that were found, exact to a tick of the kernel's (proc_pid_schedstat: the first number).
func (c *compilers) used() (sum time.Duration) {
	for _, thread := range c.threads {
		text, _ := os.ReadFile(thread) // one that has ended had nothing to do
		var ns int64
		_, _ = fmt.Sscan(string(text), &ns)
		sum += time.Duration(ns)
	}
	return sum
}
