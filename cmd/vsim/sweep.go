package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vsim/experiments/study/sweep"
)

// sweepFlags are the flags of vsim sweep.
type sweepFlags struct {
	set, vary      []string
	profile, shard string
	output         string
	job, image     string
	shards         int
	zip, json, csv bool
}

func newSweep() *cobra.Command {
	var f sweepFlags
	cmd := &cobra.Command{
		Use:   "sweep FILE --vary KEY=VALUES ...",
		Short: "Predict a grid of scenarios",
		Long: `Predict a scenario at every combination of values of some keys. FILE is what vsim simulate takes, keys
are those of vsim simulate --keys. VALUES are separated by commas; 1..8 are all whole numbers from 1 to 8,
8..64:8 every eighth, and 100/s..900/s:200/s has a unit. All points see the same random numbers, so that what
differs is no chance. A point that cannot be simulated, or takes in more than it can serve, has a row that
says so.

With -o the rows go to DIR/rows.csv and DIR/rows.jsonl as they come, in the order of the points (the last key
changes fastest), and then plots: lines (throughput and p99 over the key with the most numbers, a line for
each combination of the others) and, of two keys, a heat map, as SVG and PNG, and DIR/report.html, a page
with all of it. After an interrupt, or a kill -9, the same command goes on where it stopped and repeats no
point. Numbers are in SI units, with the ends of their 95 % confidence intervals.

--shard I/N predicts every N-th point, in a folder of its own, and vsim merge makes of all shards the bytes
that one run would have written. --job writes the files that start shards on a cluster.`,
		Example: `  vsim sweep 8gpu --vary gpu.count=1..8
  vsim sweep 8gpu --vary gpu.count=1..8 --vary pipeline.preprocessing=cpu,gpu -o out
  vsim sweep server.toml --vary workload.rate=100/s..900/s:200/s --vary batcher.max_queue_delay=0ms,2ms,5ms --csv
  vsim sweep server.toml --zip --vary gpu.count=1,2,4 --vary cpu.cores=8,16,32
  vsim sweep server.toml --vary inference.instances=1..8 --shard 3/64 -o shards/3
  vsim merge shards -o out
  vsim sweep server.toml --vary inference.instances=1..8 --job slurm --shards 8 -o /shared/sweep
  vsim sweep server.toml --vary inference.instances=1..8 --job kubernetes --image vsim:1 -o job`,
		Args: exactArgs(1, "one scenario or hardware file"),
		RunE: func(cmd *cobra.Command, args []string) error { return runSweep(cmd, args[0], f) },
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.vary, "vary", nil, "a `KEY=VALUES` to vary, may be repeated")
	flags.BoolVar(&f.zip, "zip", false, "take the first values of all keys together, then the second ones, instead of all combinations")
	flags.StringArrayVar(&f.set, "set", nil, "override a `KEY=VALUE` of the file at every point, may be repeated")
	flags.StringVar(&f.profile, "profile", "", "measured service times, a `FILE` or an embedded name")
	flags.StringVarP(&f.output, "output", "o", "", "write rows and plots into a `DIR`, and go on with what it has of the same sweep")
	flags.BoolVar(&f.json, "json", false, "print a line of JSON for each point instead of a table")
	flags.BoolVar(&f.csv, "csv", false, "print CSV instead of a table")
	flags.StringVar(&f.shard, "shard", "", "predict one of N parts of the points, `I/N`; I counts from 0 or from 1")
	flags.StringVar(&f.job, "job", "", "instead of predicting, write the files of a job for an `ENGINE` into -o: "+strings.Join(sweep.Engines, ", "))
	flags.IntVar(&f.shards, "shards", 0, "shards of --job, a number `N`; default: 64, or the number of points where that is less")
	flags.StringVar(&f.image, "image", "", "container image of --job kubernetes, a `NAME`; its entry point is vsim")
	_ = cmd.RegisterFlagCompletionFunc("job", cobra.FixedCompletions(sweep.Engines, cobra.ShellCompDirectiveNoFileComp)) // errs where there is no such flag
	return cmd
}

// check refuses flags that do not go together.
func (f *sweepFlags) check(cmd *cobra.Command) error {
	given := cmd.Flags().Changed
	switch {
	case f.json && f.csv:
		return errors.New("--json and --csv: give one of them")
	case (f.json || f.csv) && f.output != "":
		return errors.New("--json and --csv are what is printed without -o, which writes both; leave one out")
	case f.job == "" && (given("shards") || given("image")):
		return errors.New("--shards and --image: they belong to --job")
	case f.job == "":
		return nil
	case !slices.Contains(sweep.Engines, f.job):
		return fmt.Errorf("--job %s: must be one of %s", f.job, strings.Join(sweep.Engines, ", "))
	case f.output == "":
		return errors.New("--job: say with -o which folder its files go to")
	case given("shard"):
		return errors.New("--job and --shard: the job says which shard each of its tasks is; leave --shard out")
	case given("shards") && (f.shards < 1 || f.shards > 10_000):
		return fmt.Errorf("--shards %d: a number from 1 to 10000", f.shards)
	case (f.image == "") != (f.job == "slurm"):
		return errors.New("--image: --job kubernetes needs one, a container image whose entry point is vsim, and no other has one")
	}
	return nil
}

func runSweep(cmd *cobra.Command, file string, f sweepFlags) error {
	if err := f.check(cmd); err != nil {
		return usage(cmd, err)
	}
	opt := sweep.Options{Set: f.set, Profile: f.profile, Vary: f.vary, Zip: f.zip}
	if f.shard != "" {
		var err error
		if opt.Shard, err = sweep.ParseShard(f.shard); err != nil {
			return err
		}
	}
	s, err := sweep.New(file, opt)
	if err != nil {
		return err
	}
	if f.output != "" {
		if err := keepInputs("-o", f.output, sweep.Outputs(f.output), s.Inputs()); err != nil {
			return err
		}
	}
	if f.job != "" {
		return writeJob(cmd.OutOrStdout(), s, f)
	}
	rows, progress, done := progressBelow(cmd.ErrOrStderr(), cmd.OutOrStdout(), "sweeping")
	defer done()
	if f.output == "" {
		return s.Print(cmd.Context(), rows, f.format(), progress)
	}
	summary, err := s.Into(cmd.Context(), f.output, progress)
	done()
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(cmd.OutOrStdout(), summary)
	return err
}

func (f *sweepFlags) format() sweep.Format {
	switch {
	case f.json:
		return sweep.JSON
	case f.csv:
		return sweep.CSV
	}
	return sweep.Text
}

// writeJob writes the files of a job and says where they are.
func writeJob(w io.Writer, s *sweep.Sweep, f sweepFlags) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	paths, err := s.WriteJob(f.output, sweep.Job{Engine: f.job, Shards: f.shards, Vsim: program, Image: f.image})
	if err != nil {
		return err
	}
	for _, path := range paths {
		fmt.Fprintln(w, path)
	}
	_, err = fmt.Fprintln(w, "The first lines of the first file say how to start them.")
	return err
}
