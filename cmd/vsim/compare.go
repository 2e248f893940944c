package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"vsim/experiments/study/compare"
	"vsim/profile"
	"vsim/sim/report"
	"vsim/sim/scenario"
)

// compareFlags are the flags of vsim compare.
type compareFlags struct {
	set, setA, setB             []string
	profile, profileA, profileB string
	plot                        string
	seed                        uint64
	json                        bool
}

func newCompare() *cobra.Command {
	var f compareFlags
	cmd := &cobra.Command{
		Use:   "compare A B",
		Short: "Predict two scenarios and say how they differ",
		Long: `Predict two scenarios with the same random numbers and say how B differs from A: throughput, latency,
energy, and the cost of a million requests where both have a [price]. Differences come with 95 % intervals
of replications paired by their number, which are much narrower than those of the two scenarios themselves,
and are called significant where the interval leaves 0 out. A and B are scenario or hardware files, or names
of embedded machines; they may be the same file with different --set-a and --set-b.`,
		Example: `  vsim compare before.toml after.toml
  vsim compare 8gpu 8gpu --set-b inference.instances=4
  vsim compare 8gpu 8gpu --set workload.rate=3000/s --set-a batcher.max_queue_delay=5ms --set-b batcher.max_queue_delay=0s
  vsim compare 8gpu 1gpu-rtx4090 --json
  vsim compare 8gpu 8gpu --set-b pipeline.preprocessing=cpu --plot change.svg`,
		Args: exactArgs(2, "two scenario or hardware files"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("seed") {
				f.set = append(f.set, "run.seed="+strconv.FormatUint(f.seed, 10))
			}
			return runCompare(cmd, args[0], args[1], f)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.set, "set", nil, "override a `KEY=VALUE` of both files, may be repeated")
	flags.StringArrayVar(&f.setA, "set-a", nil, "override a `KEY=VALUE` of A alone, may be repeated")
	flags.StringArrayVar(&f.setB, "set-b", nil, "override a `KEY=VALUE` of B alone, may be repeated")
	flags.StringVar(&f.profile, "profile", "", "measured service times of both, a `FILE` or an embedded name")
	flags.StringVar(&f.profileA, "profile-a", "", "measured service times of A alone, a `FILE` or an embedded name")
	flags.StringVar(&f.profileB, "profile-b", "", "measured service times of B alone, a `FILE` or an embedded name")
	flags.Uint64Var(&f.seed, "seed", 1, "seed of the random numbers")
	flags.BoolVar(&f.json, "json", false, "print the comparison as JSON")
	flags.StringVar(&f.plot, "plot", "", "draw the relative changes into a `FILE`, which ends in "+strings.Join(endings(report.PlotFormats), ", "))
	return cmd
}

func runCompare(cmd *cobra.Command, a, b string, f compareFlags) error {
	if err := plottable(cmd, f.plot); err != nil {
		return err
	}
	side := func(file string, own []string, profile string) compare.Side {
		if profile == "" {
			profile = f.profile
		}
		return compare.Side{File: file, Options: scenario.Options{Set: f.set, Profile: profile}, Own: own}
	}
	pair, err := compare.Read(side(a, f.setA, f.profileA), side(b, f.setB, f.profileB))
	if err != nil {
		return err
	}
	if err := checkOutput("--plot", f.plot, append(pair.Scenarios[0].Files(), pair.Scenarios[1].Files()...)...); err != nil {
		return err
	}
	progress, done := progressBar(cmd.ErrOrStderr(), "comparing")
	c, err := compare.Run(cmd.Context(), pair, progress)
	done()
	if err != nil {
		return cutOff(err, "comparison")
	}
	if f.plot != "" {
		if err := drawn(f.plot, func(w io.Writer, format string) error { return compare.Plot(w, c, format) }); err != nil {
			return err
		}
	}
	if f.json {
		return compare.JSON(cmd.OutOrStdout(), c)
	}
	return compare.Text(cmd.OutOrStdout(), c)
}

// plottable refuses a --plot whose ending is that of no format; "" is none.
func plottable(cmd *cobra.Command, path string) error {
	if path == "" || slices.Contains(endings(report.PlotFormats), filepath.Ext(path)) {
		return nil
	}
	return usage(cmd, errors.New("--plot "+path+": the file's name must end in "+strings.Join(endings(report.PlotFormats), ", ")))
}

// drawn writes a drawing into a file, in the format that its name ends in.
func drawn(path string, draw func(w io.Writer, format string) error) error {
	var b bytes.Buffer
	if err := draw(&b, strings.TrimPrefix(filepath.Ext(path), ".")); err != nil {
		return err
	}
	return profile.WriteFile(path, b.Bytes())
}

// cutOff says in words that somebody ended a command before it had its result.
func cutOff(err error, what string) error {
	if errors.Is(err, context.Canceled) {
		return errors.New("interrupted before the " + what + " was ready; nothing is printed")
	}
	return err
}
