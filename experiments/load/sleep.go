package load

import (
	"context"
	"runtime"
	"time"
)

// maxSleep is well below the 10 ms after which Go's monitor thread takes a processor from a thread that sleeps in the
// kernel. It then looks around every few dozen microseconds for milliseconds, on the cores that serve: decoding and
// resizing took a tenth longer beside it (runtime.sysmon and retake in proc.go; Poisson arrivals at 30 % load, two cores).
const maxSleep = 5 * time.Millisecond

// sleepUntil blocks its thread until the given time. It returns false soon after ctx is cancelled.
func sleepUntil(ctx context.Context, due time.Time) bool {
	for ctx.Err() == nil {
		left := time.Until(due)
		if left <= 0 {
			return true
		}
		sleep(min(left, maxSleep))
		runtime.Gosched() // else it counts as running since it began
	}
	return false
}

// timerSlack is longer than Go's timers are late on an idle machine: they are served by epoll, in milliseconds.
const timerSlack = 2 * time.Millisecond

// rest is sleepUntil for many goroutines at once: a timer waits first, and a thread only for timerSlack.
func rest(ctx context.Context, due time.Time) bool {
	if left := time.Until(due) - timerSlack; left > 0 {
		timer := time.NewTimer(left)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
		}
	}
	return sleepUntil(ctx, due)
}
