//go:build !linux

package measure

import "time"

// cpuTime is not told here; GPUs are measured on Linux.
func cpuTime() time.Duration { return 0 }
