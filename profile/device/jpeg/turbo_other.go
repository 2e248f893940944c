//go:build !(darwin || freebsd || linux)

package jpeg

import (
	"errors"
	"runtime"
)

// Turbo cannot be opened on this system; see OpenTurbo.
type Turbo struct{ Go }

// OpenTurbo always fails here: the library is opened with dlopen.
func OpenTurbo(string) (*Turbo, error) {
	return nil, errors.New("libjpeg-turbo: vsim opens it on Linux, macOS and FreeBSD only, this is " + runtime.GOOS)
}
