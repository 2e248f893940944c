package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vsim/experiments/study"
	"vsim/experiments/study/plan"
	"vsim/profile"
	"vsim/sim/scenario"
)

// planFlags are the flags of vsim plan.
type planFlags struct {
	slo, set, vary, machines                   []string
	load, least, price, profile, outFile, html string
	maxLoad, json                              bool
}

func newPlan() *cobra.Command {
	var f planFlags
	cmd := &cobra.Command{
		Use:   "plan FILE",
		Short: "Find the cheapest machine, size and setting that meets objectives",
		Long: `Find the cheapest way to serve a load within service level objectives. FILE is a scenario, a hardware
file or the name of an embedded machine, as for vsim simulate.

Of a preset's scenario the machines of the catalogue are searched (and FILE's own, where it is none of them), the
number of servers, and what neither FILE nor --set says: the side of preprocessing (cpu or gpu), the largest batch and
its delay, the instances. Of a scenario with resources and stages of its own the GPUs of a server are searched, or
its servers where nothing is there once for each GPU; its load is the file's own where --load is not given. --vary
gives a key its values; with a stage's workers the question is how many of those.

The cheapest is that of the lowest price an hour; where no machine has a price, that of the fewest devices. What
cannot do is left out by bounds; what is the cheapest then is simulated until it is sure. An objective is
METRIC<LIMIT or CLASS:METRIC<LIMIT: mean, p50, p90, p95, p99, p999 (of latency), throughput>LIMIT, error_rate (the
share that is dropped, below 0.1 % unless you say otherwise), energy (of a request). The exit status is 1 where
nothing holds; the answer is then what comes nearest.`,
		Example: `  vsim plan photos.toml --slo 'p99<50ms' --load 20000/s
  vsim plan photos.toml --slo 'p99<50ms' --slo 'large:p95<200ms' --load 900/s --machines 8gpu,mine.toml
  vsim plan photos.toml --slo 'p99<50ms' --load 900/s --price prices.toml -o plan.toml
                                              prices.toml has lines such as 8gpu = 12.5
  vsim plan photos.toml --slo 'p99<50ms' --load 900/s --least energy
  vsim plan queue.toml --slo 'mean<5ms' --vary stage.desk.workers=1..20
  vsim plan photos.toml --slo 'p99<50ms' --load 900/s --html plan.html
                                              a page to look at: what breaks first, cost against p99, prices
  vsim plan 8gpu --slo 'p99<50ms' --max-load  how much one such machine takes`,
		Args: func(cmd *cobra.Command, args []string) error {
			return exactArgs(1, "one scenario or hardware file")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error { return runPlan(cmd, args[0], &f) },
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.slo, "slo", nil, "an `OBJECTIVE`, such as 'p99<50ms'; may be repeated")
	flags.StringVar(&f.load, "load", "", "the `LOAD`, such as 20000/s or '24 cameras'; by default what FILE says")
	flags.BoolVar(&f.maxLoad, "max-load", false, "find the largest load that FILE's machine holds as it is")
	flags.StringSliceVar(&f.machines, "machines", nil, "`NAMES` of embedded machines, or files, to search instead of the catalogue")
	flags.StringArrayVar(&f.vary, "vary", nil, "search a `KEY=VALUES`, such as batcher.max_batch=8,16; may be repeated")
	flags.StringArrayVar(&f.set, "set", nil, "override a `KEY=VALUE` of the file, may be repeated")
	flags.StringVar(&f.profile, "profile", "", "measured service times of FILE's own machine, a `FILE` or an embedded name")
	flags.StringVar(&f.price, "price", "", "prices of one server an hour, a TOML `FILE` of lines machine = price")
	flags.StringVar(&f.least, "least", "cost", "what to have least of, `cost or energy`")
	flags.StringVarP(&f.outFile, "output", "o", "", "write the plan's scenario into a `FILE`, for vsim simulate")
	flags.StringVar(&f.html, "html", "", "write the answer as a page with pictures into a `FILE`, which needs no network to be looked at")
	flags.BoolVar(&f.json, "json", false, "print the answer as JSON")
	return cmd
}

func runPlan(cmd *cobra.Command, file string, f *planFlags) error {
	if err := f.outputs().endings(); err != nil {
		return usage(cmd, err)
	}
	q, err := f.question(cmd, file)
	if err != nil {
		return err
	}
	find := plan.Find
	if f.maxLoad {
		find = plan.MaxLoad
	}
	q.Progress = func(line string) { fmt.Fprintln(cmd.ErrOrStderr(), "vsim:", line) }
	a, err := find(cmd.Context(), q)
	if errors.Is(err, context.Canceled) {
		return errors.New("interrupted before the plan was ready; nothing is printed")
	}
	if err != nil {
		return err
	}
	if f.outFile != "" && a.Plan != nil {
		if err := profile.WriteFile(f.outFile, []byte(a.Plan.Scenario)); err != nil {
			return err
		}
	}
	if err := f.drawPage(a, file); err != nil {
		return err
	}
	write := plan.Text
	if f.json {
		write = plan.JSON
	}
	if err := write(cmd.OutOrStdout(), a); err != nil {
		return err
	}
	if a.Plan == nil {
		return errors.New("nothing that was searched holds; the answer has what comes nearest")
	}
	return nil
}

// question reads the flags.
func (f *planFlags) question(cmd *cobra.Command, file string) (*plan.Question, error) {
	if f.maxLoad && (f.load != "" || f.machines != nil || f.vary != nil || cmd.Flags().Changed("least")) {
		return nil, usage(cmd, errors.New("--max-load asks of FILE as it is: leave out --load, --machines, --vary and --least"))
	}
	q := &plan.Question{Machines: f.machines}
	var err error
	if q.Source, err = scenario.Open(file); err != nil {
		return nil, err
	}
	if q.Least, err = plan.ParseObjective(f.least); err != nil {
		return nil, err
	}
	if f.load != "" {
		if q.Load, err = plan.ParseLoad(f.load); err != nil {
			return nil, err
		}
	}
	for _, text := range f.slo {
		o, err := plan.ParseSLO(text)
		if err != nil {
			return nil, err
		}
		q.SLOs = append(q.SLOs, o)
	}
	for _, text := range f.set {
		o, err := scenario.ParseOverride(text)
		if err != nil {
			return nil, err
		}
		q.Set = append(q.Set, o)
	}
	for _, text := range f.vary {
		a, err := study.ParseAxis(text)
		if err != nil {
			return nil, err
		}
		q.Axes = append(q.Axes, a)
	}
	if f.price != "" {
		if q.Prices, err = plan.ReadPrices(f.price); err != nil {
			return nil, err
		}
	}
	if q.Profile = f.profile; strings.ContainsAny(f.profile, `/\`) || strings.HasSuffix(f.profile, ".toml") {
		if q.Profile, err = filepath.Abs(f.profile); err != nil {
			return nil, err
		}
	}
	return q, f.outputs().check(f.inputs(file)...)
}

// inputs are the files that the plan must not be written over.
func (f *planFlags) inputs(file string) []string {
	out := append([]string{file}, f.machines...)
	return slices.DeleteFunc(append(out, f.price, f.profile), func(path string) bool { return path == "" })
}
