package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vsim/experiments/calibrate"
	"vsim/sim/scenario"
)

// check says which flag is wrong, for one table or a pair of them.
func (f *calibrateFlags) check(cmd *cobra.Command, tables int) error {
	given := cmd.Flags().Changed
	s := &f.server
	switch {
	case given("instances") && (s.Instances < 1 || s.Instances > calibrate.MaxInstances):
		return scenario.BadInput("--instances", "%d must be 1 to %d", s.Instances, calibrate.MaxInstances)
	case given("max-batch") && (s.MaxBatch < 1 || s.MaxBatch > calibrate.MaxBatch):
		return scenario.BadInput("--max-batch", "%d must be 1 to %d", s.MaxBatch, calibrate.MaxBatch)
	case s.MaxQueueDelay < 0 || s.MaxQueueDelay > calibrate.MaxQueueDelay:
		return scenario.BadInput("--max-queue-delay", "%v must be 0s to %v", s.MaxQueueDelay, calibrate.MaxQueueDelay)
	case !(f.spread >= 0 && f.spread <= 2):
		return scenario.BadInput("--spread", "%v must be 0 to 2", f.spread)
	case f.formation != "" && f.formation != "closed" && f.formation != "growing":
		return scenario.BadInput("--formation", "is %q; must be growing or closed", f.formation)
	case !ascending(s.Preferred):
		return scenario.BadInput("--preferred", "%s must be 1 or more, ascending, each once", commas(s.Preferred))
	case !ascending(f.anchors):
		return scenario.BadInput("--anchors", "%s must be 1 or more, ascending, each once", commas(f.anchors))
	case len(f.anchors) > calibrate.MaxAnchors:
		return scenario.BadInput("--anchors", "%s are %d rows; give %d at most, the others are there to be predicted", commas(f.anchors), len(f.anchors), calibrate.MaxAnchors)
	}
	return f.checkUse(given, tables)
}

// checkUse refuses flags that these tables make no use of.
func (f *calibrateFlags) checkUse(given func(flag string) bool, tables int) error {
	switch {
	case tables == 2 && given("instances") && f.server.Instances != 1:
		return scenario.BadInput("--instances", "%d must be 1 for a static and an online table, which are of one instance", f.server.Instances)
	case tables == 2 && given("formation"):
		return scenario.BadInput("--formation", "is of one table; leave it out for a static and an online table")
	case tables == 2 && given("table"):
		return scenario.BadInput("--table", "is of one file with several tables; leave it out for a static and an online table")
	}
	return nil
}

// ascending says that numbers are 1 or more and each is above the one before.
func ascending(numbers []int) bool {
	last := 0
	for _, n := range numbers {
		if n <= last {
			return false
		}
		last = n
	}
	return true
}

// commas writes numbers as flags have them.
func commas(numbers []int) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(numbers), "[]"), " ", ",")
}

// ints is a flag's list of whole numbers, with words of its own for what is none.
type ints struct{ pflag.Value }

func intsVar(flags *pflag.FlagSet, numbers *[]int, name, help string) {
	flags.IntSliceVar(numbers, name, nil, help)
	f := flags.Lookup(name)
	f.Value, f.DefValue = ints{f.Value}, ""
}

func (v ints) Set(text string) error {
	if v.Value.Set(text) != nil {
		return errors.New("must be whole numbers with commas between, such as 8,32")
	}
	return nil
}

// String is "" for none, as help then names no default.
func (v ints) String() string { return strings.Trim(v.Value.String(), "[]") }
