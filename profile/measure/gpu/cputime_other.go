//go:build !linux

package gpu

import "time"

// cpuTime is not told here; GPUs are measured on Linux.
func cpuTime() time.Duration { return 0 }
