package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestEveryCommandHasExamples that begin with how it is called.
func TestEveryCommandHasExamples(t *testing.T) {
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		if c.Short == "" && c.Long == "" || !strings.HasPrefix(strings.TrimSpace(c.Example), c.CommandPath()) {
			t.Errorf("%s: short %q, example %q", c.CommandPath(), c.Short, c.Example)
		}
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(newRoot())
}

// TestCommandSuggestionsAreNear: a command is only suggested when it may be a slip of the pen.
func TestCommandSuggestionsAreNear(t *testing.T) {
	for args, want := range map[string]string{
		"simulat x": `did you mean "simulate"?`, "simlate": `did you mean "simulate"?`, "import trition": `did you mean "triton"?`,
		"s": "", "xyzzy": "", "import ton": "", "simulation-of-servers": "",
	} {
		code, _, stderr := vsim(strings.Fields(args)...)
		if code != 2 || strings.Contains(stderr, "did you mean") != (want != "") || !strings.Contains(stderr, want) {
			t.Errorf("vsim %s: exit code %d, %q; want it to say %q", args, code, stderr, want)
		}
	}
}

// TestHelpNamesNoEmptyDefault: an empty list is not what applies where a flag is left out.
func TestHelpNamesNoEmptyDefault(t *testing.T) {
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		if usage := c.Flags().FlagUsages(); strings.Contains(usage, "(default [])") {
			t.Errorf("%s --help:\n%s", c.CommandPath(), usage)
		}
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(newRoot())
}
