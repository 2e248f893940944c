//go:build !linux

package machine

import (
	"errors"
	"time"
)

// ProcessTime errs: how to ask for it is known on Linux alone.
func ProcessTime(int) (time.Duration, error) {
	return 0, errors.New("the CPU time of a process: only Linux tells it")
}
