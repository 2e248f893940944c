package machine

import "time"

// OwnTime is the processor time that this process has used, all its threads together; false where the system does not say.
func OwnTime() (time.Duration, bool) { return ownTime() }
