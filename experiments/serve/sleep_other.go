//go:build !linux

package serve

import "time"

func sleep(d time.Duration) { time.Sleep(d) }
