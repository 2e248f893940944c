package main

import (
	"os"

	"vsim/profile"
	"vsim/sim/scenario"
)

// checkOutput says, before any work is done, why a file that a flag names cannot be written, or that it is one of the
// inputs. "" is no file.
func checkOutput(flag, path string, inputs ...string) error {
	if path == "" {
		return nil
	}
	if err := profile.Writable(path); err != nil {
		return scenario.BadInput(flag+" "+path, "cannot be written: %v", err)
	}
	return keepInputs(flag, path, []string{path}, inputs)
}

// keepInputs refuses a flag that would write over an input, by whatever name, link or symbolic link.
func keepInputs(flag, value string, outputs, inputs []string) error {
	for _, output := range outputs {
		old, err := os.Stat(output)
		if err != nil {
			continue // nothing is there to lose
		}
		for _, input := range inputs {
			if info, err := os.Stat(input); err == nil && os.SameFile(old, info) {
				return scenario.BadInput(flag+" "+value, "would write over %s, an input of this command; name another", input)
			}
		}
	}
	return nil
}
