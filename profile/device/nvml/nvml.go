// Package nvml reads a GPU's state from NVIDIA's management library (libnvidia-ml,
// docs.nvidia.com/deploy/nvml-api): power, energy, clocks and why they are held down, temperature, who
// else computes. It only reads; settings of the card are never changed.
//
// It goes through NVIDIA's go-nvml, which needs cgo and Linux and is only in binaries that are built with
// the tag nvml, as `make build` does. In all others [Open] gives [ErrNotBuilt].
//
// A measurement does not depend on NVML: whatever it refuses is unknown, and a note for whoever reads the
// profile.
package nvml

import (
	"errors"
	"fmt"
)

// ErrNotBuilt is wrapped by the error of [Open] in a binary without NVML.
var ErrNotBuilt = errors.New("this vsim was built without NVML; `make build` has it")

// Error is a failed call in the library's own words.
type Error struct {
	Call string // the C function
	Code int32  // nvmlReturn_t
	Text string
}

func (e *Error) Error() string { return fmt.Sprintf("NVML: %s: %s (%d)", e.Call, e.Text, e.Code) }

// State is how the GPU is doing at one moment. What cannot be read is zero.
type State struct {
	ClockMHz     int // of the multiprocessors
	TemperatureC int
	Reasons      Reasons // why the clock is not higher
	ReasonsKnown bool    // a Reasons of 0 means that nothing holds the clock down
	Processes    int     // that compute on it, this one included
}
