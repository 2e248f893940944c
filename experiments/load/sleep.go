package load

import (
	"context"
	"time"
)

// sleepUntil blocks its thread until the given time. It returns false soon after ctx is cancelled.
func sleepUntil(ctx context.Context, due time.Time) bool {
	for ctx.Err() == nil {
		left := time.Until(due)
		if left <= 0 {
			return true
		}
		sleep(min(left, 50*time.Millisecond))
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
