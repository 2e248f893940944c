package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"vsim/experiments/study/sweep"
)

func newMerge() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "merge DIR... -o DIR",
		Short: "Make one sweep of its shards",
		Long: `Write what one vsim sweep would have written, byte for byte, from the folders of its shards. They may be
named in any order; a folder without a sweep of its own stands for those in it. All shards must be there and
complete.`,
		Example: `  vsim merge shard-0 shard-1 shard-2 -o out
  vsim merge shards -o out                    all folders in shards`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage(cmd, errors.New("vsim merge takes the folders of all shards, but got none"))
			}
			if output == "" {
				return usage(cmd, errors.New("say with -o which folder to write"))
			}
			summary, err := sweep.Merge(cmd.Context(), args, output)
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), summary)
			return err
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write rows and plots into a `DIR`")
	return cmd
}
