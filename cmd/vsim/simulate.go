package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vsim/sim"
	"vsim/sim/predict"
	"vsim/sim/report"
	"vsim/sim/scenario"
	"vsim/sim/timeline"
)

// simulateFlags are the flags of vsim simulate.
type simulateFlags struct {
	set                        []string
	profile, plot, html, trace string
	traced                     int
	seed                       uint64
	tracedAfter                time.Duration
	horizon                    time.Duration
	json, print, expand, keys  bool
}

func newSimulate() *cobra.Command {
	var f simulateFlags
	cmd := &cobra.Command{
		Use:   "simulate FILE",
		Short: "Predict one scenario",
		Long: `Predict throughput, latency and bottleneck of a scenario. FILE is a scenario or hardware file
(TOML), or the name of an embedded machine. A hardware file alone is a valid scenario: the default
pipeline (the one model and image set of its profile, else vit-base and medium images) and workload
(closed loop) apply, and the report says so. vsim profile writes one beside the profile.`,
		Example: `  vsim simulate hardware/8gpu.toml
  vsim simulate 8gpu --set pipeline.preprocessing=cpu --set workload.rate=5000/s
  vsim simulate 2cpu --profile cpu.toml --json
  vsim simulate mm1.toml --plot mm1.svg
  vsim simulate 8gpu --html report.html       a page to look at: latencies, where the time goes, what is busy
  vsim simulate 8gpu --trace trace.pftrace    what happens to each of the first requests, for ui.perfetto.dev
  vsim simulate 8gpu --set inference.instances=2 --set gpu.slowdown='{neighbours=[1], factors=[1.25]}'
                                              two instances slow each other down by 1.25: where one keeps its
                                              GPU busy and does 100/s and two do 160/s, that is 2 x 100/160
  vsim simulate 8gpu --print                  the scenario with all defaults
  vsim simulate 8gpu --expand                 the same in the general form: resources, classes, stages
  vsim simulate --keys                        all keys, their units, defaults and meaning`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.alone(); err != nil {
				return usage(cmd, err)
			}
			if f.keys && len(args) > 0 {
				return usage(cmd, errors.New("--keys: lists the keys of every scenario; leave out the file"))
			}
			if f.keys {
				return scenario.WriteKeys(cmd.OutOrStdout())
			}
			if err := exactArgs(1, "one scenario or hardware file")(cmd, args); err != nil {
				return err
			}
			if cmd.Flags().Changed("seed") {
				f.set = append(f.set, "run.seed="+strconv.FormatUint(f.seed, 10))
			}
			return simulate(cmd, args[0], f)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.set, "set", nil, "override a `KEY=VALUE` of the file, may be repeated")
	flags.StringVar(&f.profile, "profile", "", "measured service times, a `FILE` or an embedded name")
	flags.Uint64Var(&f.seed, "seed", 1, "seed of the random numbers")
	flags.DurationVar(&f.horizon, "horizon", predict.DefaultHorizon, "length of the live run of which the report says what it will show")
	flags.BoolVar(&f.json, "json", false, "print the prediction as JSON")
	flags.StringVar(&f.plot, "plot", "", "draw latency and stages into a `FILE`, which ends in "+strings.Join(endings(report.PlotFormats), ", "))
	flags.StringVar(&f.html, "html", "", "write a page with pictures into a `FILE`, which needs no network to be looked at")
	flags.StringVar(&f.trace, "trace", "", "write what happens to the first requests into a `FILE`, which ends in "+strings.Join(endings(report.TraceFormats), ", ")+", as a timeline for Perfetto")
	flags.IntVar(&f.traced, "trace-requests", timeline.DefaultRequests, "how many requests --trace follows")
	flags.DurationVar(&f.tracedAfter, "trace-after", 0, "simulated time after which --trace begins")
	flags.BoolVar(&f.print, "print", false, "print the scenario with all defaults instead of simulating it")
	flags.BoolVar(&f.expand, "expand", false, "print the scenario in the general form, presets and hardware tables written out, instead of simulating it")
	flags.BoolVar(&f.keys, "keys", false, "list all keys of the scenario language")
	return cmd
}

// alone refuses flags that would have no effect beside one that prints something instead of simulating.
func (f *simulateFlags) alone() error {
	var given []string
	for _, o := range []struct {
		flag string
		is   bool
	}{{"--keys", f.keys}, {"--print", f.print}, {"--expand", f.expand}, {"--json", f.json}, {"--plot", f.plot != ""}, {"--html", f.html != ""}, {"--trace", f.trace != ""}} {
		if o.is {
			given = append(given, o.flag)
		}
	}
	if (f.keys || f.print || f.expand) && len(given) > 1 {
		return fmt.Errorf("%s: nothing is simulated, so that %s has no effect; leave one of them out", given[0], given[1])
	}
	return nil
}

func simulate(cmd *cobra.Command, file string, f simulateFlags) error {
	if err := f.outputs().endings(); err != nil {
		return usage(cmd, err)
	}
	if f.traced < 1 || f.traced > mostTraced {
		return usage(cmd, fmt.Errorf("--trace-requests %d: must be 1 to %d", f.traced, mostTraced))
	}
	if f.tracedAfter < 0 {
		return usage(cmd, fmt.Errorf("--trace-after %v: must not be negative", f.tracedAfter))
	}
	if f.trace == "" && (cmd.Flags().Changed("trace-after") || cmd.Flags().Changed("trace-requests")) {
		return usage(cmd, errors.New("--trace-after and --trace-requests: they belong to --trace FILE"))
	}
	if f.horizon < time.Millisecond {
		return usage(cmd, fmt.Errorf("--horizon %v: must be 1ms at least", f.horizon))
	}
	opt := scenario.Options{Set: f.set, Profile: f.profile}
	s, err := scenario.Load(file, opt)
	if err != nil {
		return err
	}
	if f.print || f.expand {
		if f.expand {
			s = s.General()
		}
		_, err = cmd.OutOrStdout().Write(s.TOML())
		return err
	}
	if err := f.outputs().check(s.Files()...); err != nil {
		return err
	}
	progress, done := progressBar(cmd.ErrOrStderr(), "simulating")
	p, err := sim.Predict(cmd.Context(), sim.Of(s), sim.Options{Horizon: f.horizon, Progress: progress})
	done()
	if errors.Is(err, context.Canceled) {
		return errors.New("interrupted before the prediction was ready; nothing is printed")
	}
	if err != nil {
		return err
	}
	if err := draw(cmd, s, p, f, cmp.Or(s.Name, filepath.Base(file))); err != nil {
		return err
	}
	if f.json {
		return report.JSON(cmd.OutOrStdout(), p)
	}
	return report.Text(cmd.OutOrStdout(), p)
}
