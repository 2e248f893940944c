//go:build !linux

package machine

import "time"

// Punctual has no effect here.
func Punctual() (usual func()) { return func() {} }

func sleep(d time.Duration) { time.Sleep(d) }
