//go:build !linux

package load

import "time"

func punctual() (usual func()) { return func() {} }

func sleep(d time.Duration) { time.Sleep(d) }

// threadTime is the processor time of the calling thread, which is not known here.
func threadTime() time.Duration { return 0 }
