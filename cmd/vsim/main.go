// Command vsim predicts the throughput and tail latency of computer-vision serving.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"vsim/experiments/machinefile"
	"vsim/sim/scenario"
)

func main() {
	ctx, stop := interruptible()
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// interruptible gives a context that ends with the first Ctrl-C or SIGTERM. A second one ends the program at once, if it comes
// later than a moment: whoever stops a process and its group, as timeout(1) does, sends two for one.
func interruptible() (ctx context.Context, stop context.CancelFunc) {
	const moment = time.Second
	ctx, stop = signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM) // timeout(1), docker stop and Slurm send the second
	context.AfterFunc(ctx, func() { time.AfterFunc(moment, stop) })
	return ctx, stop
}

// run is the whole program but for the process: it returns the exit code, 0 done, 1 the run failed,
// 2 the input was wrong.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(&screen{to: stdout})
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return 0
	}
	complain(stderr, err)
	if example := example(cmd, args, err); example != "" {
		fmt.Fprintln(stderr, "vsim: for example:", example)
	}
	return exitCode(err)
}

// example is the command with what its input must say added to it, "" where that is not known.
func example(cmd *cobra.Command, args []string, err error) string {
	var wrong *scenario.InputError
	if !errors.As(err, &wrong) || len(wrong.Set()) == 0 || cmd.Flags().Lookup("set") == nil {
		return ""
	}
	words := append([]string{"vsim"}, args...)
	for _, set := range wrong.Set() {
		words = append(words, "--set", set)
	}
	return machinefile.Quoted(words)
}

// exitCode is what an error says of itself, else 1.
func exitCode(err error) int {
	var coded interface{ ExitCode() int }
	if errors.As(err, &coded) {
		return coded.ExitCode()
	}
	return 1
}

// usageError is a wrong command line.
type usageError struct{ error }

// ExitCode is 2: the input was wrong.
func (usageError) ExitCode() int { return 2 }

func (e usageError) Unwrap() error { return e.error }

// usage makes a usageError that points to the command's help.
func usage(cmd *cobra.Command, err error) error {
	return usageError{fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())}
}
