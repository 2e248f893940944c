package validate

import (
	"fmt"
	"runtime"
	"strconv"

	"vsim/sim/scenario"
)

// checkCores refuses a scenario that gives another number of cores than this machine has: the live server
// would run on these all the same.
func checkCores(file, name string, base *scenario.Source, set overrides) error {
	s, err := set.of(base)
	if err != nil || !s.Written("cpu.cores") || s.CPU.Cores == runtime.NumCPU() {
		return nil // without the key it is this machine's; other faults are told with it
	}
	return &scenario.InputError{Faults: []scenario.Fault{{File: file, Key: "cpu.cores", Found: strconv.Itoa(s.CPU.Cores),
		Rule: fmt.Sprintf("case %q: a live run has this machine's %d cores", name, runtime.NumCPU()), Remedy: "remove it"}}}
}
