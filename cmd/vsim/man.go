package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"vsim/profile"
	"vsim/profile/measure/machine"
	"vsim/sim/scenario"
)

func newMan() *cobra.Command {
	var folder string
	cmd := &cobra.Command{
		Use:     "man -o DIR",
		Short:   "Write a man page for every command",
		Long:    "Write a man page for every command, made of what their --help says, into a folder of section 1.",
		Example: "  vsim man -o ~/.local/share/man/man1\n  man vsim-simulate",
		Args:    exactArgs(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if folder == "" {
				return usage(cmd, fmt.Errorf("say with -o which folder the pages go into"))
			}
			return manPages(cmd.Root(), folder)
		},
	}
	cmd.Flags().StringVarP(&folder, "output", "o", "", "the folder `DIR`, which is made where it is not there")
	return cmd
}

// manPages writes the pages of a command and of all below it.
func manPages(root *cobra.Command, folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return scenario.BadInput("-o "+folder, "cannot be written: %v", err)
	}
	pages, err := manOf(root)
	if err != nil {
		return err
	}
	for name, text := range pages {
		if err := profile.WriteFile(filepath.Join(folder, name), text); err != nil {
			return err
		}
	}
	return nil
}

// manOf makes the pages by the names of their files.
func manOf(cmd *cobra.Command) (map[string][]byte, error) {
	pages := map[string][]byte{}
	var visit func(cmd *cobra.Command) error
	visit = func(cmd *cobra.Command) error {
		cmd.DisableAutoGenTag = true
		var page bytes.Buffer
		header := doc.GenManHeader{Section: "1", Source: "vsim " + machine.Build(), Manual: "vsim"}
		long := cmd.Long
		cmd.Long = fenced(long)
		err := doc.GenMan(cmd, &header, &page)
		cmd.Long = long
		if err != nil {
			return err
		}
		pages[strings.ReplaceAll(cmd.CommandPath(), " ", "-")+".1"] = page.Bytes()
		for _, sub := range cmd.Commands() {
			if !sub.IsAvailableCommand() || sub.IsAdditionalHelpTopicCommand() {
				continue
			}
			if err := visit(sub); err != nil {
				return err
			}
		}
		return nil
	}
	return pages, visit(cmd)
}

// fenced marks the indented lines of a text as what must keep its lines, in Markdown, of which the pages are made.
func fenced(text string) string {
	const fence = "```\n"
	var b strings.Builder
	inside := false
	for line := range strings.Lines(text + "\n") {
		if indented := strings.HasPrefix(line, "  "); indented != inside {
			b.WriteString(fence)
			inside = indented
		}
		b.WriteString(line)
	}
	if inside {
		b.WriteString(fence)
	}
	return b.String()
}
