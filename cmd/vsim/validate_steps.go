package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"golang.org/x/term"
)

// stepProgress shows the step that is going on: on a terminal in one line that done clears, elsewhere as a line each.
func stepProgress(w io.Writer) (progress func(n, total int, what string), done func()) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return func(n, total int, what string) { fmt.Fprintln(w, step(n, total, what)) }, func() {}
	}
	return stepLine(w, func() int {
		width, _, err := term.GetSize(int(f.Fd()))
		if err != nil {
			return 80
		}
		return width
	})
}

func step(n, total int, what string) string { return fmt.Sprintf("[%d/%d] %s", n, total, what) }

// stepLine writes each step over the one before. It is cut to the terminal's width, as a line that wraps cannot be
// written over.
func stepLine(w io.Writer, width func() int) (progress func(n, total int, what string), done func()) {
	const clearLine = "\r\x1b[K"
	shown := false
	return func(n, total int, what string) {
			text := []rune(strings.Map(printable, step(n, total, what)))
			fmt.Fprint(w, clearLine+string(text[:min(len(text), max(width()-1, 0))]))
			shown = true
		}, func() {
			if shown {
				fmt.Fprint(w, clearLine)
			}
			shown = false
		}
}

// printable is a letter, or a space in place of one that would move the cursor.
func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return ' '
}
