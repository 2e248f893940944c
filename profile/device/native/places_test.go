package native

import (
	"slices"
	"testing"
)

// Containers get the driver's libraries mounted where no loader looks.
func TestTheDriversOwnFoldersAreSearched(t *testing.T) {
	for _, want := range []string{"/usr/local/nvidia/lib64/libcuda.so.1", "/usr/local/nvidia/lib/libcuda.so.1", "/usr/local/cuda/lib64/libcuda.so.1"} {
		if !slices.Contains(inSystem(CUDA), want) {
			t.Errorf("%s is not looked at", want)
		}
	}
}
