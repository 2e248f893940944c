//go:build !(darwin || freebsd || linux)

package dl

import (
	"errors"
	"runtime"
)

func load(string) (uintptr, error) {
	return 0, errors.New("vsim opens libraries on Linux, macOS and FreeBSD only, this is " + runtime.GOOS)
}

func symbol(uintptr, string) uintptr { return 0 }
