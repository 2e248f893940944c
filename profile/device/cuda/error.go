package cuda

import (
	"errors"
	"fmt"
)

// Codes of CUresult (cuda.h) that callers tell apart.
const (
	errorOutOfMemory = 2
	errorNoDevice    = 100
)

// ErrOutOfMemory is what errors.Is finds in the error of a call for which memory was not enough.
var ErrOutOfMemory = errors.New("out of memory")

// ErrNoDevice is what errors.Is finds in the error of Open on a machine without a usable GPU.
var ErrNoDevice = errors.New("no CUDA device")

// Error is a failed call of the driver, in the driver's own words.
type Error struct {
	Call string // such as "cuMemAlloc_v2"
	Code int32  // CUresult
	Name string // such as "CUDA_ERROR_OUT_OF_MEMORY"
	Text string // such as "out of memory"
}

func (e *Error) Error() string { return fmt.Sprintf("CUDA: %s: %s (%s)", e.Call, e.Name, e.Text) }

// Is tells the errors apart that have a name in this package.
func (e *Error) Is(target error) bool {
	return target == ErrOutOfMemory && e.Code == errorOutOfMemory || target == ErrNoDevice && e.Code == errorNoDevice
}
