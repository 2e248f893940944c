package main

import (
	"io"
	"os"
	"sync"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progressBar shows how much of 0 to 1 is done, if w is a terminal; done clears it. Elsewhere progress
// is nil and nothing is written.
func progressBar(w io.Writer, what string) (progress func(done float64), done func()) {
	_, progress, done = progressBelow(w, nil, what)
	return progress, done
}

// progressBelow is a progressBar that stays below what is written to rows, where that is written to out.
func progressBelow(w, out io.Writer, what string) (rows io.Writer, progress func(done float64), done func()) {
	if !terminal(w) {
		return out, nil, func() {}
	}
	b := newBar(w, out, what)
	return b, b.set, b.clear
}

// progressNamed is a progressBelow that also says what is at work.
func progressNamed(w, out io.Writer, what string) (rows io.Writer, progress func(done float64, what string), done func()) {
	if !terminal(w) {
		return out, nil, func() {}
	}
	b := newBar(w, out, what)
	return b, b.name, b.clear
}

func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// bar is drawn anew below each row. It is decoration: that it cannot be drawn is no reason to fail.
type bar struct {
	mu  sync.Mutex
	bar *progressbar.ProgressBar
	out io.Writer
}

const barSteps = 1000

func newBar(w, out io.Writer, what string) *bar {
	return &bar{out: out, bar: progressbar.NewOptions(barSteps, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what),
		progressbar.OptionClearOnFinish(), progressbar.OptionShowElapsedTimeOnFinish())}
}

func (b *bar) set(done float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	_ = b.bar.Set(int(done * barSteps))
}

// name is set with what is at work.
func (b *bar) name(done float64, what string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.bar.Describe(what)
	_ = b.bar.Set(int(done * barSteps))
}

func (b *bar) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	_ = b.bar.Clear()
}

// Write has a row take the place of the bar.
func (b *bar) Write(row []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	_ = b.bar.Clear()
	n, err := b.out.Write(row)
	if !b.bar.IsFinished() {
		_ = b.bar.RenderBlank()
	}
	return n, err
}
