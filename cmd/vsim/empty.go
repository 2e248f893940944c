package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// noEmptyFlags refuses a flag that is given without a value, as of a variable of a script that is not set: it would be
// taken for the flag's default.
func noEmptyFlags(cmd *cobra.Command, _ []string) error {
	var err error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		empty := false
		switch v := f.Value.(type) {
		case pflag.SliceValue:
			empty = len(v.GetSlice()) == 0 || slices.ContainsFunc(v.GetSlice(), blank)
		default:
			empty = f.Value.Type() == "string" && blank(f.Value.String())
		}
		if empty && err == nil {
			err = usage(cmd, fmt.Errorf("--%s: it is empty; give it a value or leave it out", f.Name))
		}
	})
	return err
}

func blank(text string) bool { return strings.TrimSpace(text) == "" }
