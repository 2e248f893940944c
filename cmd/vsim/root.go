package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"vsim/sim/scenario"
)

// commands makes each subcommand; a new one is a file and a line here.
var commands = []func() *cobra.Command{
	newProfile,
	newProbe,
	newSimulate,
	newCompare,
	newExplain,
	newSweep,
	newMerge,
	newLoad,
	newPlan,
	newValidate,
	newServe,
	newCalibrate,
	newBrokers,
	newExperiment,
	newImport,
	newMachines,
	newDoctor,
	newCompletion,
	newMan,
	newVersion,
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "vsim",
		Short: "Predict throughput and tail latency of computer-vision serving",
		Long: `vsim measures the stages of an image-classification server (JPEG decode, resize, transfer,
inference), simulates the whole server from them, and checks the prediction against a live run. Colours appear on
terminals alone, and nowhere with NO_COLOR set.`,
		Example: `  vsim simulate hardware/8gpu.toml            predict an 8-GPU server from published figures
  vsim simulate 8gpu --set pipeline.model=resnet50 --json
  vsim profile --cpu -o cpu.toml              measure this machine
  vsim simulate 2cpu --profile cpu.toml       predict a server from what was measured
  vsim compare 8gpu 8gpu --set-b inference.instances=4
  vsim explain 8gpu                           what breaks first, what matters, and why
  vsim man -o ~/.local/share/man/man1         man pages; vsim completion bash: completion in a shell`,
		Args:              noSuchCommand,
		PersistentPreRunE: noEmptyFlags,
		SilenceErrors:     true,
		SilenceUsage:      true,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(usage)
	for _, command := range commands {
		root.AddCommand(command())
	}
	completes(root)
	return root
}

func noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := fmt.Errorf("unknown command %q", args[0])
	var names []string
	for _, sub := range cmd.Commands() {
		names = append(names, sub.Name())
	}
	if near := scenario.Nearest(args[0], names); near != "" {
		err = fmt.Errorf("%w: did you mean %q?", err, near)
	}
	return usage(cmd, err)
}

// exactArgs wants n arguments that names explains.
func exactArgs(n int, names string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == n {
			return nil
		}
		return usage(cmd, fmt.Errorf("%s takes %s, but got %d arguments", cmd.CommandPath(), names, len(args)))
	}
}
