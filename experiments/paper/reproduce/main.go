// Command reproduce predicts every figure of the paper anew and compares what comes out with the committed results and README.md of
// experiments/paper: it fails where one no longer matches. With -update it writes them.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"vsim/experiments/paper"
	"vsim/profile"
)

func main() {
	folder := flag.String("folder", "experiments/paper", "the folder with README.md and results")
	update := flag.Bool("update", false, "write what comes out instead of comparing it")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *folder, *update, paper.Figures(), os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "reproduce:", err)
		os.Exit(1)
	}
}

// run predicts figures, and compares them with a folder or writes them there.
func run(ctx context.Context, folder string, update bool, figures []paper.Figure, log io.Writer) error {
	files, err := predicted(ctx, folder, figures, log)
	if err != nil {
		return err
	}
	if update {
		return written(folder, files)
	}
	differences, err := compared(folder, files)
	if err != nil || len(differences) == 0 {
		return err
	}
	for _, d := range differences {
		fmt.Fprintln(log, d)
	}
	fresh, err := os.MkdirTemp("", "vsim-reproduce-")
	if err != nil {
		return err
	}
	if err := written(fresh, files); err != nil {
		return err
	}
	return fmt.Errorf("%d committed files do not match what is predicted now, which is in %s; make reproduce UPDATE=1 writes it", len(differences), fresh)
}

// predicted are all files, by their paths in the folder.
func predicted(ctx context.Context, folder string, figures []paper.Figure, log io.Writer) (map[string][]byte, error) {
	page, err := os.ReadFile(filepath.Join(folder, readme))
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	add := func(some map[string][]byte, err error) error {
		for name, data := range some {
			files[filepath.Join(paper.Results, name)] = data
		}
		return err
	}
	lab, r := &paper.Lab{}, &paper.Report{}
	for _, f := range figures {
		began := time.Now()
		result, err := r.Add(ctx, lab, f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		if err := add(result.Files()); err != nil {
			return nil, err
		}
		fmt.Fprintf(log, "%s: %.1f s\n", f.Name, time.Since(began).Seconds())
	}
	if err := add(r.ClaimFiles()); err != nil {
		return nil, err
	}
	text, err := r.Page(string(page))
	files[readme] = []byte(text)
	return files, err
}

const readme = "README.md"

// written writes files into a folder, and removes results that no figure makes any more.
func written(folder string, files map[string][]byte) error {
	if err := os.MkdirAll(filepath.Join(folder, paper.Results), 0o777); err != nil {
		return err
	}
	gone, err := unknown(folder, files)
	if err != nil {
		return err
	}
	for _, name := range gone {
		if err := os.Remove(filepath.Join(folder, name)); err != nil {
			return err
		}
	}
	for name, data := range files {
		if err := profile.WriteFile(filepath.Join(folder, name), data); err != nil {
			return err
		}
	}
	return nil
}
