// Command land puts the results of a campaign on a GPU machine into the repository: make gpu-results.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"vsim/experiments/campaign/results"
)

const usage = `usage: go run ./experiments/campaign/land [flags] ARCHIVE

ARCHIVE is the results.tgz of make gpu-campaign. Written are the measured profile, a machine file, and the accuracy of
predictions with their raw records; what is missing is said.
`

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the program: its exit code is 0, 1 where writing failed, 2 where the input was wrong.
func run(args []string, out, errOut io.Writer) int {
	flags := flag.NewFlagSet("land", flag.ContinueOnError)
	flags.SetOutput(errOut)
	flags.Usage = func() {
		fmt.Fprint(errOut, usage)
		flags.PrintDefaults()
	}
	root := flags.String("root", "", "the repository's `FOLDER`; default: the current one")
	machine := flags.String("machine", "hardware/8gpu.toml", "machine `FILE` to say the changes of, for it to have these GPUs; \"\" for none")
	fake := flags.Bool("allow-fake", false, "for tests: land results of the fake GPU, into the -root given")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if flags.NArg() != 1 || *fake && *root == "" {
		flags.Usage()
		return 2
	}
	if err := land(flags.Arg(0), *root, *machine, *fake, out); err != nil {
		fmt.Fprintln(errOut, "land:", err)
		return exitCode(err)
	}
	return 0
}

func land(archive, root, machine string, fake bool, out io.Writer) error {
	if root == "" {
		root = "."
	}
	if !fake {
		if err := results.CheckRoot(root); err != nil {
			return err
		}
	}
	opt := results.Options{AllowFake: fake}
	if machine != "" {
		text, err := os.ReadFile(filepath.Join(root, machine))
		if err != nil && !fake {
			return err
		}
		opt.Machine = string(text)
	}
	a, err := results.Open(archive)
	if err != nil {
		return err
	}
	l, err := a.Land(opt)
	if err != nil {
		return err
	}
	if err := l.Write(root); err != nil {
		return err
	}
	tell(out, l, root, machine)
	return nil
}

// tell says what was written, what to do with it, and what is missing.
func tell(out io.Writer, l *results.Landing, root, machine string) {
	for _, f := range l.Files {
		fmt.Fprintf(out, "wrote   %s, %d bytes\n", filepath.Join(root, f.Path), len(f.Text))
	}
	for _, m := range l.Missing {
		fmt.Fprintln(out, "missing", m)
	}
	if len(l.Can) > 0 {
		fmt.Fprintln(out, "try     make build, which embeds the profile and the machine; then")
	}
	for _, c := range l.Can {
		fmt.Fprintln(out, "try    ", c)
	}
	if len(l.Changes) > 0 {
		fmt.Fprintf(out, "%s is as it was; for it to have these GPUs, change by hand:\n", machine)
	}
	for _, c := range l.Changes {
		fmt.Fprintln(out, "       ", c)
	}
}

// exitCode is what an error says of itself, else 1.
func exitCode(err error) int {
	var coded interface{ ExitCode() int }
	if errors.As(err, &coded) {
		return coded.ExitCode()
	}
	return 1
}
