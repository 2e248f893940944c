package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vsim/experiments/validate"
	"vsim/profile/device/cache"
)

// validateFlags are the flags of vsim validate.
type validateFlags struct {
	set            []string
	ortLib, output string
	runs, gpu      int
	measure, limit time.Duration
	json, stage    bool
	quick, full    bool
	resume         bool
	vision         visionFlags
}

func newValidate() *cobra.Command {
	var f validateFlags
	cmd := &cobra.Command{
		Use:   "validate [FILE | NAME]",
		Short: "Predict, run live, and compare",
		Long: `Profile this machine, predict how a server on it will behave, run that server for real, and
say how far off the prediction was. FILE is a scenario of a server that infers on the CPU or on one
GPU, with [[case]] tables for variants of it; what a live run cannot do (several servers, outages,
service times of your own ...) is refused by name. Matrices of held-out configurations are known by name:
` + strings.Join(validate.Matrices(), ", ") + ` (default: cpu). Profiling and live
runs alternate, so that a machine whose speed drifts hurts both alike, and nothing of a live run flows
into the profile. Keep the machine quiet: other work on it disturbs both.

Cases that infer on a GPU pad their batches unless they say otherwise: without batcher.allowed_batch_sizes
the model runs at powers of two and the largest batch, live and predicted. To run it at every size:
--set 'batcher.allowed_batch_sizes=[]', or that key in the file.

What fails is a warning in the report, and the rest goes on; the exit code is then 1. So it is after
an interrupt, with a report of the cases that had run. -o keeps, as they come: profile.toml, live.jsonl
(a line each live run), cases/ (scenarios to simulate with that profile), report.json, and accuracy.csv,
README.md, scatter.svg and coverage.svg for people; those of an earlier validation stay until the first
new one is written. After an interrupt the same command with --resume goes on.`,
		Example: `  vsim validate                          the default matrix, about 15 minutes
  vsim validate --quick                  fewer cases with short runs, about 5 minutes
  vsim validate --full -o out            all cases with long runs, up to an hour
  vsim validate --full -o out --resume   the rest of it, after an interrupt
  vsim validate gpu                      held-out configurations of a server on GPU 0
  vsim validate gpu --limit 200s -o out  as much of it as that time allows; all that was found, in out
  vsim validate my-server.toml --json
  vsim validate --set pipeline.model=resnet50 --stages`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage(cmd, fmt.Errorf("%s takes at most one file, but got %d arguments", cmd.CommandPath(), len(args)))
			}
			file := "cpu"
			if len(args) == 1 {
				file = args[0]
			}
			return runValidate(cmd, file, f)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.set, "set", nil, "override a `KEY=VALUE` in every case, may be repeated")
	flags.StringVar(&f.ortLib, "ort-lib", "", "ONNX Runtime's shared library, a `PATH`; default: search")
	flags.IntVar(&f.gpu, "gpu", 0, "number `N` of the GPU, for cases that infer on one")
	flags.IntVar(&f.runs, "runs", 2, "live runs of each case, at least 2: their scatter says how noisy the machine is")
	flags.DurationVar(&f.measure, "measure", 0, "`LENGTH` of a live run, where the case does not say; default: closed loops 8s (5s with --quick), open ones as long as their noise demands")
	flags.DurationVar(&f.limit, "limit", 0, "wall-clock `TIME` for all of it, set-up included: cases then get less profiling and, if need be, fewer runs; default: none")
	flags.StringVarP(&f.output, "output", "o", "", "keep profile, live runs, cases and report in a `DIR`, written as they come")
	flags.BoolVar(&f.json, "json", false, "print the comparison as JSON")
	flags.BoolVar(&f.stage, "stages", false, "compare the stages of each case too (always part of the JSON)")
	flags.BoolVar(&f.quick, "quick", false, "the quick cases with short runs, about 5 minutes: noisier")
	flags.BoolVar(&f.full, "full", false, "all cases with long runs, up to an hour")
	flags.BoolVar(&f.resume, "resume", false, "go on with what -o has of the same validation on this machine")
	f.vision.add(flags)
	cmd.AddCommand(newValidateBrokers(), newValidateTriton())
	return cmd
}

func (f *validateFlags) level() validate.Level {
	switch {
	case f.quick:
		return validate.Quick
	case f.full:
		return validate.Full
	}
	return validate.Standard
}

// keepOwn refuses a folder of results in which the files that are validated lie under the names of results.
func keepOwn(dir, file string, matrix *validate.Matrix) error {
	if dir == "" {
		return nil
	}
	inputs := []string{file}
	for _, c := range matrix.Cases {
		inputs = append(inputs, c.Scenario.Files()...)
	}
	return keepInputs("-o", dir, validate.Outputs(dir), inputs)
}

func runValidate(cmd *cobra.Command, file string, f validateFlags) error {
	if f.runs < 2 || f.measure < 100*time.Millisecond && cmd.Flags().Changed("measure") {
		return usage(cmd, fmt.Errorf("--runs %d --measure %v: at least 2 runs of 100ms", f.runs, f.measure))
	}
	if f.quick && f.full {
		return usage(cmd, errors.New("--quick and --full: give one of them"))
	}
	if f.resume && f.output == "" {
		return usage(cmd, errors.New("--resume: say with -o which folder to go on with"))
	}
	if f.limit < 0 || f.limit == 0 && cmd.Flags().Changed("limit") {
		return usage(cmd, fmt.Errorf("--limit %v: a time above 0", f.limit))
	}
	vision, err := f.vision.options()
	if err != nil {
		return usage(cmd, err)
	}
	matrix, err := validate.Read(file, f.set, f.measure)
	if err != nil {
		return err
	}
	if err := matrix.At(f.level()); err != nil {
		return err
	}
	if err := keepOwn(f.output, file, matrix); err != nil {
		return err
	}
	dir, err := cache.Dir()
	if err != nil {
		return err
	}
	progress, done := stepProgress(cmd.ErrOrStderr())
	defer done()
	opt := validate.Options{
		OrtLib: f.ortLib, GPU: f.gpu, CacheDir: dir, Rounds: f.runs,
		First: 10 * time.Second, Slice: 4 * time.Second, Limit: f.limit, Output: f.output, Resume: f.resume, Vision: vision,
		Command: "vsim " + strings.Join(os.Args[1:], " "),
	}
	if f.quick {
		opt.First, opt.Slice = 5*time.Second, 2*time.Second
	}
	if f.full {
		opt.First = 20 * time.Second
	}
	r, err := validate.Run(cmd.Context(), matrix, opt, progress)
	done()
	if r == nil {
		return err
	}
	if f.json {
		enc := json.NewEncoder(cmd.OutOrStdout())
		enc.SetIndent("", "  ")
		if printErr := enc.Encode(r); printErr != nil {
			return printErr
		}
	} else if printErr := r.Text(cmd.OutOrStdout(), f.stage); printErr != nil {
		return printErr
	}
	if kept := r.Kept(f.output); kept != "" {
		fmt.Fprintln(cmd.ErrOrStderr(), kept)
	}
	return err
}
