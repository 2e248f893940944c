package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vsim/experiments/brokers/check"
	"vsim/profile/device/cache"
)

// pipelineFlags are the flags of vsim validate brokers.
type pipelineFlags struct {
	opt          check.Options
	killAt, down time.Duration
	json, parts  bool
	quick        bool
}

func newValidateBrokers() *cobra.Command {
	var f pipelineFlags
	cmd := &cobra.Command{
		Use:   "brokers",
		Short: "Predict a pipeline of two models, with brokers between them and fused, run it live, and compare",
		Long: `Profile this machine and the brokers, predict how a pipeline of a detector and an identifier
will behave with each broker between them and fused, run it for real, and say how far off the
prediction was. Faces are cut out of real frames and go over the broker as JPEG files; how many a
frame has is set, as models with random weights find none. One worker detects and one identifies, in
batches of 8 faces at most; fused, the detector's worker identifies the faces of its frame as one
batch. Each case runs with one client, and with 8, which keep the pipeline full.

Kafka and Redis are started on loopback (make brokers fetches them), or are those of --kafka and
--redis. What fails is a warning in the report, and the rest goes on; the exit code is then 1. So it
is after an interrupt, with a report of the cases that had run.

With --kill-at nothing is compared: the broker of each case is killed that long after its load has
begun, stays away for the time of --down, and starts again; what was lost is told.`,
		Example: `  vsim validate brokers                          about 11 minutes
  vsim validate brokers --quick -o out           about 3 minutes
  vsim validate brokers --kinds redis-list,fused --faces 5
  vsim validate brokers --kill-at 5s --down 3s   what an outage costs`,
		Args: exactArgs(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error { return runValidateBrokers(cmd, f) },
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&f.opt.Kinds, "kinds", nil, "what stands between the models, `NAMES` of "+strings.Join(check.Kinds, ", ")+"; default all but kafka-1")
	flags.IntSliceVar(&f.opt.Faces, "faces", nil, "`NUMBERS` of faces in a frame; default 1,5,10,25, with --quick 1,5")
	flags.StringVar(&f.opt.Detector, "detector", "", "model of the catalogue or `PATH` of an .onnx file; default "+check.DefaultDetector)
	flags.StringVar(&f.opt.Identifier, "identifier", "", "likewise; default "+check.DefaultIdentifier)
	flags.StringVar(&f.opt.Kafka, "kafka", "", "`HOST:PORT` of a Kafka of yours; default: one is started")
	flags.StringVar(&f.opt.Redis, "redis", "", "`HOST:PORT` of a Redis of yours; default: one is started")
	flags.StringVar(&f.opt.OrtLib, "ort-lib", "", "ONNX Runtime's shared library, a `PATH`; default: search")
	flags.IntVar(&f.opt.Rounds, "runs", 2, "live runs of each case, at least 2: their scatter says how noisy the machine is")
	flags.DurationVar(&f.opt.Measure, "measure", 0, "`LENGTH` of a live run; default 4s, with --quick 1.5s, with --kill-at as long as the outage needs")
	flags.DurationVar(&f.killAt, "kill-at", 0, "kill the broker this `TIME` after a run's load has begun, instead of comparing")
	flags.DurationVar(&f.down, "down", 3*time.Second, "`TIME` for which it stays away")
	flags.StringVarP(&f.opt.Output, "output", "o", "", "keep profile, live runs, cases and report in a `DIR`")
	flags.BoolVar(&f.json, "json", false, "print the comparison as JSON")
	flags.BoolVar(&f.parts, "stages", false, "compare the parts of a frame's way too (always part of the JSON)")
	flags.BoolVar(&f.quick, "quick", false, "fewer cases with short runs: noisier")
	return cmd
}

// check looks at the flags.
func (f *pipelineFlags) check(cmd *cobra.Command) error {
	given := cmd.Flags().Changed
	switch {
	case given("measure") && f.opt.Measure < 100*time.Millisecond:
		return fmt.Errorf("--measure %v: at least 100ms", f.opt.Measure)
	case given("kill-at") && (f.killAt <= 0 || f.down <= 0):
		return fmt.Errorf("--kill-at %v --down %v: times above 0", f.killAt, f.down)
	case given("down") && !given("kill-at"):
		return errors.New("--down: say with --kill-at when the broker is killed")
	case given("kill-at") && (f.opt.Kafka != "" || f.opt.Redis != ""):
		return errors.New("--kill-at: kills a broker that vsim has started; leave --kafka and --redis out")
	}
	var err error
	if f.opt.Kinds, err = check.KindsOf(f.opt.Kinds); err != nil {
		return fmt.Errorf("--kinds: %w", err)
	}
	kinds := f.opt.Kinds
	if len(kinds) == 0 {
		kinds = check.Kinds
	}
	if err := checkOwnBrokers(f.opt.Kafka, f.opt.Redis, kinds); err != nil {
		return err
	}
	if given("kill-at") && slices.Equal(kinds, []string{check.Fused}) {
		return errors.New("--kill-at: fused has no broker to kill")
	}
	return f.opt.Check()
}

func runValidateBrokers(cmd *cobra.Command, f pipelineFlags) error {
	if err := f.check(cmd); err != nil {
		return usage(cmd, err)
	}
	if f.quick {
		f.opt = f.opt.Or(check.Quick)
	}
	var err error
	if f.opt.CacheDir, err = cache.Dir(); err != nil {
		return err
	}
	f.opt.Command = "vsim " + strings.Join(os.Args[1:], " ")
	progress, done := stepProgress(cmd.ErrOrStderr())
	defer done()
	if f.killAt > 0 {
		return killBrokers(cmd, f, progress, done)
	}
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

// killBrokers lets the brokers fail, and tells what was lost.
func killBrokers(cmd *cobra.Command, f pipelineFlags, progress check.Progress, done func()) error {
	r, err := check.Kill(cmd.Context(), f.opt, f.killAt, f.down, progress)
	done()
	if r == nil {
		return err
	}
	if printErr := printPipeline(cmd, f.json, r, func() error { return r.Text(cmd.OutOrStdout()) }); printErr != nil {
		return printErr
	}
	return err
}

// printPipeline prints a report as JSON or as text.
func printPipeline(cmd *cobra.Command, asJSON bool, report any, text func() error) error {
	if !asJSON {
		return text()
	}
	enc := json.NewEncoder(cmd.OutOrStdout())
	enc.SetIndent("", "  ")
	return enc.Encode(report)
}
