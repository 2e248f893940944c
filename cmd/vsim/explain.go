package main

import (
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"vsim/experiments/study/explain"
	"vsim/sim/report"
	"vsim/sim/scenario"
)

// explainFlags are the flags of vsim explain.
type explainFlags struct {
	set           []string
	profile, plot string
	seed          uint64
	json          bool
}

func newExplain() *cobra.Command {
	var f explainFlags
	cmd := &cobra.Command{
		Use:   "explain FILE",
		Short: "Say what breaks first, what matters how much, and why",
		Long: `Say why a scenario does what it does: which resource or workers are full first as load grows, and at which
load; by how many percent throughput, latency and cost change for one percent of every stage's service time,
every resource's speed and every knob; why throughput does not grow with instances; and why p99 is so high
with a batcher's delay. Everything is simulated with one thing changed at a time and the same random numbers.
FILE is a scenario or hardware file, or the name of an embedded machine.`,
		Example: `  vsim explain 8gpu
  vsim explain scenario.toml --plot elasticity.svg
  vsim explain 8gpu --set workload.rate=4000/s --set batcher.max_queue_delay=5ms
  vsim explain 2cpu --profile cpu.toml --json`,
		Args: exactArgs(1, "one scenario or hardware file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("seed") {
				f.set = append(f.set, "run.seed="+strconv.FormatUint(f.seed, 10))
			}
			return runExplain(cmd, args[0], f)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.set, "set", nil, "override a `KEY=VALUE` of the file, may be repeated")
	flags.StringVar(&f.profile, "profile", "", "measured service times, a `FILE` or an embedded name")
	flags.Uint64Var(&f.seed, "seed", 1, "seed of the random numbers")
	flags.BoolVar(&f.json, "json", false, "print the explanation as JSON")
	flags.StringVar(&f.plot, "plot", "", "draw the elasticities into a `FILE`, which ends in "+strings.Join(endings(report.PlotFormats), ", "))
	return cmd
}

func runExplain(cmd *cobra.Command, file string, f explainFlags) error {
	if err := plottable(cmd, f.plot); err != nil {
		return err
	}
	opt := scenario.Options{Set: f.set, Profile: f.profile}
	source, err := scenario.Open(file)
	if err != nil {
		return err
	}
	s, err := source.With(opt)
	if err != nil {
		return err
	}
	if err := checkOutput("--plot", f.plot, s.Files()...); err != nil {
		return err
	}
	progress, done := progressBar(cmd.ErrOrStderr(), "explaining")
	e, err := explain.Run(cmd.Context(), source, opt, progress)
	done()
	if err != nil {
		return cutOff(err, "explanation")
	}
	if f.plot != "" {
		if err := drawn(f.plot, func(w io.Writer, format string) error { return explain.Plot(w, e, format) }); err != nil {
			return err
		}
	}
	if f.json {
		return explain.JSON(cmd.OutOrStdout(), e)
	}
	return explain.Text(colourBars(cmd), e)
}
