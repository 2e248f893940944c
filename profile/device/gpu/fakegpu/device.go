package fakegpu

import (
	"testing"

	"vsim/profile/device/gpu"
)

// Device is Use, and the fake GPU opened until the test ends.
func Device(t testing.TB) (*GPU, *gpu.Device) {
	t.Helper()
	fake := Use(t)
	return fake, Open(t)
}

// Open opens the fake GPU, after Use, until the test ends.
func Open(t testing.TB) *gpu.Device {
	t.Helper()
	libraries, err := gpu.Find("")
	if err != nil {
		t.Fatal(err)
	}
	d, err := gpu.Open(t.Context(), libraries, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}
