//go:build !linux

package machine

import "time"

func punctual() (usual func()) { return func() {} }

func sleep(d time.Duration) { time.Sleep(d) }
