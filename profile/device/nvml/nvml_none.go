//go:build !(nvml && cgo && linux)

package nvml

import "fmt"

// Built tells whether this binary has NVML.
const Built = false

// Library cannot be had in this binary.
type Library struct{}

// Open gives an error that wraps ErrNotBuilt.
func Open(string) (*Library, error) { return nil, fmt.Errorf("NVML: %w", ErrNotBuilt) }

// Close does nothing.
func (*Library) Close() error { return nil }

// DriverVersion gives ErrNotBuilt.
func (*Library) DriverVersion() (string, error) { return "", ErrNotBuilt }

// Device gives ErrNotBuilt.
func (*Library) Device(string) (*Device, error) { return nil, ErrNotBuilt }

// Device cannot be had in this binary.
type Device struct{}

// EnergyJ gives ErrNotBuilt.
func (*Device) EnergyJ() (float64, error) { return 0, ErrNotBuilt }

// PowerWatts gives ErrNotBuilt.
func (*Device) PowerWatts() (float64, error) { return 0, ErrNotBuilt }

// State knows nothing.
func (*Device) State() (State, []error) { return State{}, []error{ErrNotBuilt} }

// PCIe gives ErrNotBuilt.
func (*Device) PCIe() (generation, lanes int, err error) { return 0, 0, ErrNotBuilt }
