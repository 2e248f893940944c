//go:build linux || darwin || freebsd || netbsd || openbsd

package sweep

import (
	"errors"
	"os"
	"syscall"
)

// lock keeps other sweeps out of a folder for as long as this process lives. File systems without locks have none.
func lock(dir string) (unlock func(), err error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		f.Close()
		return nil, errors.New("another sweep is writing into it at this moment")
	}
	return func() { f.Close() }, nil
}
