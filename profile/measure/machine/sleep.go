package machine

import (
	"context"
	"runtime"
	"time"
)

// maxSleep is well below the 10 ms after which Go's monitor thread takes a processor from a thread that sleeps in the
// kernel, and then looks around every few dozen microseconds for milliseconds, on the cores that serve (runtime.sysmon and
// retake in proc.go).
const maxSleep = 5 * time.Millisecond

// timerSlack is longer than Go's timers are late on an idle machine: they are served by epoll, in milliseconds.
const timerSlack = 2 * time.Millisecond

// Pace gives the calling goroutine a thread that the kernel wakes on time from SleepUntil, until done is called.
func Pace() (done func()) {
	runtime.LockOSThread()
	usual := punctual()
	return func() {
		usual()
		runtime.UnlockOSThread()
	}
}

// SleepUntil blocks its thread until the given time. It returns false soon after ctx is cancelled.
func SleepUntil(ctx context.Context, due time.Time) bool {
	for ctx.Err() == nil {
		switch left := time.Until(due); {
		case left <= 0:
			return true
		case left <= maxSleep+timerSlack:
			sleep(left) // and on at once: another turn of the scheduler might come late
		default:
			sleep(maxSleep)
			runtime.Gosched() // else it counts as running since it began
		}
	}
	return false
}

// Rest is SleepUntil for many goroutines at once: a timer waits first, and a thread only for timerSlack.
func Rest(ctx context.Context, due time.Time) bool {
	if left := time.Until(due) - timerSlack; left > 0 {
		timer := time.NewTimer(left)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
		}
	}
	return SleepUntil(ctx, due)
}
