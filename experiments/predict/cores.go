package predict

import "runtime"

// cores is the number of replications to run at once.
func cores() int { return runtime.GOMAXPROCS(0) }
