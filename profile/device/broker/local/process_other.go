//go:build !linux

package local

import (
	"errors"
	"syscall"
)

func dieWithParent() *syscall.SysProcAttr { return nil }

// CPUTime is known on Linux alone.
func CPUTime(int) (int64, error) {
	return 0, errors.New("the CPU time of another process is read on Linux only")
}

func gone(int) bool { return false }
