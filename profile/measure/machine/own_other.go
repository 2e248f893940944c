//go:build !unix

package machine

import "time"

func ownTime() (time.Duration, bool) { return 0, false }
