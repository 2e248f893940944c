package load

import (
	"context"
	"runtime"
	"time"

	"vsim/profile/measure/machine"
)

// Pace is for the goroutine of a load that sends at given times: until done is called it has a thread that the kernel wakes on
// time.
func Pace() (until func(ctx context.Context, due time.Time) bool, done func()) {
	runtime.LockOSThread()
	usual := machine.Punctual()
	return machine.SleepUntil, func() {
		usual()
		runtime.UnlockOSThread()
	}
}
