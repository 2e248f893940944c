package main

import (
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progressBar shows how much of 0 to 1 is done, if w is a terminal; done clears it. Elsewhere progress
// is nil and nothing is written.
func progressBar(w io.Writer, what string) (progress func(done float64), done func()) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil, func() {}
	}
	const steps = 1000
	bar := progressbar.NewOptions(steps, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what),
		progressbar.OptionClearOnFinish(), progressbar.OptionShowElapsedTimeOnFinish())
	// The bar is decoration: that it cannot be drawn is no reason to fail.
	return func(done float64) { _ = bar.Set(int(done * steps)) }, func() { _ = bar.Clear() }
}
