package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"vsim/profile/measure/machine"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Say which vsim this is",
		Example: `  vsim version`,
		Args:    exactArgs(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), version())
			return err
		},
	}
}

// version is the module version, commit and Go version that the binary was built from.
func version() string { return "vsim " + machine.Build() + " " + runtime.Version() }
