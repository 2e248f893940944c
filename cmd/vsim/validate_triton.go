package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vsim/experiments/triton/check"
	"vsim/profile/device/cache"
)

// tritonFlags are the flags of vsim validate triton.
type tritonFlags struct {
	opt         check.Options
	json, parts bool
}

func newValidateTriton() *cobra.Command {
	var f tritonFlags
	cmd := &cobra.Command{
		Use:   "triton",
		Short: "Learn NVIDIA's Triton on this machine, predict other configurations of it, run them, and compare",
		Long: `Start NVIDIA's Triton (make triton fetches it) with a network on its Python backend, learn it as
vsim calibrate triton does, predict configurations that the calibration did not see, run each for
real, and say how far off the prediction was: other largest batches, preferred sizes and delays, one
and two instances, closed loops of 1 to 64 clients, Poisson arrivals at 30 to 90 % of the capacity,
priorities with timeouts, a bounded queue, and an ensemble that takes JPEG files. What Triton's own
statistics say of queue and compute is compared too.

Calibration and live runs alternate, so that a machine whose speed drifts hurts both alike, and
nothing of a live run flows into the calibration. Keep the machine quiet. What fails is a warning in
the report, and the rest goes on; the exit code is then 1. So it is after an interrupt, with a report
of the cases that had run. -o keeps live.jsonl (a line each live run) as it comes, cases/ (scenarios
for vsim simulate), report.json, and accuracy.csv, README.md and plots for people.`,
		Example: `  vsim validate triton -o out          about 20 minutes
  vsim validate triton --quick         8 cases with short runs, about 4 minutes: noisier
  vsim validate triton --case 'two instances' --case JPEG --details`,
		Args: exactArgs(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error { return runValidateTriton(cmd, f) },
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.opt.Cases, "case", nil, "only cases with this `TEXT` in their names, may be repeated")
	flags.IntVar(&f.opt.Rounds, "runs", 2, "live runs of each case, at least 2: their scatter says how noisy the machine is")
	flags.DurationVar(&f.opt.Measure, "measure", 0, "`LENGTH` of a live run; default 8s, 12s of busy open loops, 4s with --quick")
	flags.DurationVar(&f.opt.First, "calibrate", 0, "`LENGTH` of the calibration before anything else; default 40s, 30s with --quick")
	flags.StringVarP(&f.opt.Output, "output", "o", "", "keep live runs, cases and report in a `DIR`, written as they come")
	flags.BoolVar(&f.json, "json", false, "print the comparison as JSON")
	flags.BoolVar(&f.parts, "details", false, "compare queue and compute of each case too (always part of the JSON)")
	flags.BoolVar(&f.opt.Quick, "quick", false, "fewer cases with short runs: noisier")
	return cmd
}

// check looks at the flags.
func (f *tritonFlags) check(cmd *cobra.Command) error {
	given := cmd.Flags().Changed
	switch {
	case given("measure") && f.opt.Measure < 100*time.Millisecond:
		return fmt.Errorf("--measure %v: at least 100ms", f.opt.Measure)
	case given("calibrate") && f.opt.First < time.Second:
		return fmt.Errorf("--calibrate %v: at least 1s", f.opt.First)
	case f.opt.Rounds < 2:
		return fmt.Errorf("--runs %d: at least 2 live runs of each case", f.opt.Rounds)
	}
	if err := f.opt.Check(); err != nil {
		return fmt.Errorf("--case: %w", err)
	}
	return nil
}

func runValidateTriton(cmd *cobra.Command, f tritonFlags) error {
	if err := f.check(cmd); err != nil {
		return usage(cmd, err)
	}
	var err error
	if f.opt.CacheDir, err = cache.Dir(); err != nil {
		return err
	}
	f.opt.Command = "vsim " + strings.Join(os.Args[1:], " ")
	progress, done := stepProgress(cmd.ErrOrStderr())
	defer done()
	r, err := check.Run(cmd.Context(), f.opt, progress)
	done()
	if r == nil {
		return err
	}
	if printErr := printPipeline(cmd, f.json, r, func() error { return r.Text(cmd.OutOrStdout(), f.parts) }); printErr != nil {
		return printErr
	}
	return err
}
