package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vsim/hardware"
	"vsim/sim/scenario"
)

// shells for which there are scripts, and how they are written.
var shells = []struct {
	name  string
	write func(root *cobra.Command, w io.Writer) error
}{
	{"bash", func(root *cobra.Command, w io.Writer) error { return root.GenBashCompletionV2(w, true) }},
	{"zsh", func(root *cobra.Command, w io.Writer) error { return root.GenZshCompletion(w) }},
	{"fish", func(root *cobra.Command, w io.Writer) error { return root.GenFishCompletion(w, true) }},
	{"powershell", func(root *cobra.Command, w io.Writer) error { return root.GenPowerShellCompletionWithDesc(w) }},
}

func newCompletion() *cobra.Command {
	var names []string
	for _, s := range shells {
		names = append(names, s.name)
	}
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print a script with which a shell completes commands, flags, keys and machines",
		Long:  "Print a script for " + strings.Join(names, ", ") + ". With it the shell completes commands, flags, the keys behind --set\nand --vary, and the names of embedded machines and profiles.",
		Example: `  vsim completion bash > ~/.local/share/bash-completion/completions/vsim
  vsim completion zsh > "${fpath[1]}/_vsim"
  vsim completion fish > ~/.config/fish/completions/vsim.fish
  vsim completion powershell | Out-String | Invoke-Expression`,
		ValidArgs: names,
		Args:      exactArgs(1, "one shell: "+strings.Join(names, ", ")),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, s := range shells {
				if s.name == args[0] {
					return s.write(cmd.Root(), cmd.OutOrStdout())
				}
			}
			return usage(cmd, fmt.Errorf("%q is no shell that is known: %s", args[0], strings.Join(names, ", ")))
		},
	}
}

// completes has the shell complete a command's scenario files, its keys behind --set and --vary, and its profiles.
func completes(cmd *cobra.Command) {
	if cmd.ValidArgsFunction == nil && slices.ContainsFunc([]string{" FILE", " A B", " [FILE]"}, func(args string) bool { return strings.Contains(cmd.Use, args) }) {
		cmd.ValidArgsFunction = names(hardware.Machines)
	}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		switch {
		case strings.HasPrefix(f.Name, "set"), f.Name == "vary":
			_ = cmd.RegisterFlagCompletionFunc(f.Name, keys) // errs where there is one
		case strings.HasPrefix(f.Name, "profile") && f.Value.Type() == "string":
			_ = cmd.RegisterFlagCompletionFunc(f.Name, names(hardware.Profiles))
		}
	})
	for _, sub := range cmd.Commands() {
		completes(sub)
	}
}

// names offers embedded names beside files.
func names(of func() []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, begun string) (out []cobra.Completion, _ cobra.ShellCompDirective) {
		for _, name := range of() {
			if strings.HasPrefix(name, begun) {
				out = append(out, name)
			}
		}
		return out, cobra.ShellCompDirectiveDefault
	}
}

// keys offers the keys of scenarios.
func keys(_ *cobra.Command, _ []string, begun string) (out []cobra.Completion, _ cobra.ShellCompDirective) {
	names, docs := scenario.KeyNames()
	for i, name := range names {
		if strings.HasPrefix(name, begun) {
			out = append(out, cobra.CompletionWithDesc(name+"=", docs[i]))
		}
	}
	return out, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
}
