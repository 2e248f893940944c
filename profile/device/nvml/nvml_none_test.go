//go:build !(nvml && cgo && linux)

package nvml_test

import (
	"errors"
	"testing"

	"vsim/profile/device/nvml"
)

// A binary without NVML says which one has it, whatever library there is.
func TestWithoutNVMLOpenSaysWhoHasIt(t *testing.T) {
	l, err := nvml.Open("/any/path")
	if l != nil || !errors.Is(err, nvml.ErrNotBuilt) || err.Error() != "NVML: this vsim was built without NVML; `make build` has it" {
		t.Errorf("%v, error %v", l, err)
	}
}
