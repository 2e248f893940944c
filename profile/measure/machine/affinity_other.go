//go:build !linux

package machine

import (
	"errors"
	"time"
)

var errNoPinning = errors.New("threads can be kept on a core on Linux alone")

// Pin would keep the calling thread on a core.
func Pin() (free func(), err error) { return nil, errNoPinning }

// ThreadTime would be the processor time that the calling thread has used.
func ThreadTime() (time.Duration, error) { return 0, errNoPinning }
