package main

import (
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"vsim/experiments/study/explain"
)

// Colours of a terminal (ECMA-48, select graphic rendition).
const (
	green   = "\x1b[32m"
	red     = "\x1b[31m"
	noColor = "\x1b[0m"
)

// colourBars is a command's output with the bars of explanations in colours, where colours are wanted. The screen sets
// them after it has taken out what would be a colour in a name.
func colourBars(cmd *cobra.Command) io.Writer {
	out := cmd.OutOrStdout()
	if s, ok := out.(*screen); ok && wantsColours(s.to, os.Getenv) {
		s.colours = map[rune]string{explain.Grown: green, explain.Fallen: red}
	}
	return out
}

// wantsColours says that w is a terminal that shows colours, and that nobody has asked for none (https://no-color.org).
func wantsColours(w io.Writer, getenv func(string) string) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"
}
