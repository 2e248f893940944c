//go:build !linux

package process

import (
	"errors"
	"syscall"
)

var errLinux = errors.New("other processes are looked at on Linux only")

func dieWithParent() *syscall.SysProcAttr { return nil }

// CPUTime is known on Linux alone.
func CPUTime(int) (int64, error) { return 0, errLinux }

// Gone is never known to be so.
func Gone(int) bool { return false }

// Group is known on Linux alone.
func Group(int) ([]int, error) { return nil, errLinux }

// GroupCPUTime is known on Linux alone.
func GroupCPUTime(int) (int64, error) { return 0, errLinux }

// KillGroup does nothing.
func KillGroup(int) {}
