package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vsim/experiments/paper"
	"vsim/experiments/paper/live"
	"vsim/profile"
	"vsim/profile/device/cache"
	"vsim/sim/scenario"
)

// experimentFlags are the flags of vsim experiment.
type experimentFlags struct {
	set              []string
	profile, machine string
	output           string
	json             bool

	live, quick bool // measure this machine first; in two minutes
	ortLib      string
}

// allFigures is the name of all of them.
const allFigures = "all"

func newExperiment() *cobra.Command {
	var f experimentFlags
	cmd := &cobra.Command{
		Use:   "experiment [FIGURE]",
		Short: "Predict the figures of the paper that vsim goes back to, and judge its claims",
		Long: `Predict a figure of "Beyond Inference: Performance Analysis of DNN Server Overheads for Computer Vision" (DAC 2024, arXiv
2403.12981) on the paper's machine, and say of each claim of it what the paper has, what is predicted, and whether it
holds: a number within 15 % of the paper's, a direction where the 95 % interval leaves the opposite out. Claims that the machine may
be fitted to are marked as fitted; nothing is fitted to the others.

FIGURE is one of those below, or all. open asks what the paper leaves open, scaling predicts published systems with
several GPUs from one of theirs. Without FIGURE they are listed.

` + figureList() + `
-o writes FIGURE.csv, each plot as SVG and PNG, and the claims as claims.md and claims.json. --machine and --profile ask the same of
another machine, as far as its profile has models and images for it: what cannot be asked is left out with the reason, and of the
claims the directions alone are judged. --live measures this machine first. The exit status is 0 whether claims hold or not, and
2 for a figure that cannot be asked.`,
		Example: `  vsim experiment                             the figures
  vsim experiment fig5                        one of them
  vsim experiment fig9 -o out                 its table, plots and claims as files too
  vsim experiment all -o out                  all of them, some minutes
  vsim experiment all --json | jq '.claims[] | select(.holds | not)'
  vsim experiment fig7 --set link.bandwidth=55GB/s
  vsim experiment all --machine 1gpu-nvidia-h200
  vsim experiment all --live -o out           this machine: measured points beside predictions
  vsim experiment fig5 --profile cpu.toml     the same questions about what was measured`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return exactArgs(1, "one figure, or all")(cmd, args)
			}
			return nil
		},
		ValidArgs: append(paper.Names(), allFigures),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return listFigures(cmd, &f)
			}
			return runExperiment(cmd, args[0], &f)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.set, "set", nil, "override a `KEY=VALUE` of every scenario, may be repeated")
	flags.StringVar(&f.profile, "profile", "", "measured service times instead of the paper's machine's, a `FILE` or an embedded name; of its machine, where --machine names none")
	flags.StringVar(&f.machine, "machine", "", "machine instead of the paper's, a `FILE` or an embedded name")
	flags.StringVarP(&f.output, "output", "o", "", "write tables, plots and claims into a `DIR`")
	flags.BoolVar(&f.live, "live", false, "profile this machine first and run its servers for figures 5 to 7, about 8 minutes; their points lie beside the predictions, everything measured in live of -o's folder")
	flags.BoolVar(&f.quick, "quick", false, "with --live: fewer and shorter runs, about 2 minutes")
	flags.StringVar(&f.ortLib, "ort-lib", "", "with --live: ONNX Runtime's shared library, a `PATH`; default: search")
	flags.BoolVar(&f.json, "json", false, "print the claims as JSON instead")
	return cmd
}

// figureList has a line for each figure.
func figureList() string {
	var b strings.Builder
	for _, f := range paper.Figures() {
		fmt.Fprintf(&b, "  %-9s%s\n", f.Name, f.Title)
	}
	return b.String()
}

func listFigures(cmd *cobra.Command, f *experimentFlags) error {
	if f.json || f.output != "" || f.profile != "" || f.machine != "" || len(f.set) > 0 {
		return usage(cmd, errors.New("say which figure, or all"))
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s\nvsim experiment FIGURE predicts one, vsim experiment all predicts all of them.\n", figureList())
	return err
}

// figuresOf are those of a name.
func figuresOf(name string) ([]paper.Figure, error) {
	if name == allFigures {
		return paper.Figures(), nil
	}
	if f, ok := paper.Named(name); ok {
		return []paper.Figure{f}, nil
	}
	names := append(paper.Names(), allFigures)
	if name == "fig10" {
		return nil, errors.New("the paper's figure 10 is the pipeline of fig11, drawn, and has nothing to predict: ask fig11")
	}
	if near := scenario.Nearest(name, names); near != "" {
		return nil, fmt.Errorf("%q is no figure: did you mean %q?", name, near)
	}
	return nil, fmt.Errorf("%q is no figure: must be one of %s", name, strings.Join(names, ", "))
}

// elsewhere says what is asked in place of the paper's machine.
func (f *experimentFlags) elsewhere(at *paper.Site) string {
	var on []string
	switch {
	case at != nil:
		on = append(on, "on "+at.Name)
	case f.profile != "":
		on = append(on, "on "+filepath.Base(f.profile))
	}
	if len(f.set) > 0 {
		on = append(on, "with "+strings.Join(f.set, ", "))
	}
	return strings.Join(on, " ")
}

// check refuses, before any work is done, what cannot be read or written.
func (f *experimentFlags) check() error {
	switch {
	case f.live && f.output == "":
		return scenario.BadInput("--live", "keeps what it measures; say with -o in which folder")
	case f.live && (f.profile != "" || f.machine != ""):
		return scenario.BadInput("--live", "measures a profile of this machine; leave out --profile and --machine")
	case !f.live && (f.quick || f.ortLib != ""):
		return scenario.BadInput("--quick, --ort-lib", "say how to measure; give --live too")
	}
	for _, text := range f.set {
		if _, err := scenario.ParseOverride(text); err != nil {
			return err
		}
	}
	if f.output == "" {
		return nil
	}
	if err := os.MkdirAll(f.output, 0o777); err != nil {
		return scenario.BadInput("-o "+f.output, "cannot be written into: %v; name another folder", err)
	}
	return checkOutput("-o", filepath.Join(f.output, "claims.json"))
}

func runExperiment(cmd *cobra.Command, name string, f *experimentFlags) error {
	figures, err := figuresOf(name)
	if err != nil {
		return usage(cmd, err)
	}
	if err := f.check(); err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if f.json {
		out = io.Discard
	}
	rows, progress, done := progressNamed(cmd.ErrOrStderr(), out, "predicting")
	defer done()
	if f.live {
		if err := f.measure(cmd); err != nil {
			return err
		}
	}
	lab := &paper.Lab{Set: f.set, Machine: f.machine, Profile: f.profile}
	if lab.Live, err = live.Beside(f.profile); err != nil {
		return err
	}
	at, err := lab.Site()
	if err != nil {
		return err
	}
	r := &paper.Report{Elsewhere: f.elsewhere(at)}
	var leftOut []error // figures that the machine cannot be asked for
	for i, figure := range figures {
		lab.Progress = figureProgress(progress, figure.Name, i, len(figures))
		result, err := r.Add(cmd.Context(), lab, figure)
		if err != nil && len(figures) > 1 && errors.As(err, new(*paper.Unasked)) {
			leftOut = append(leftOut, err)
			continue
		}
		if err != nil {
			done()
			return f.stopped(cmd.Context(), figure.Name, r, err)
		}
		if err := f.keep(r, result); err != nil {
			return err
		}
		if err := r.Text(rows, result); err != nil {
			return err
		}
	}
	done()
	for _, why := range leftOut {
		fmt.Fprintln(cmd.ErrOrStderr(), "left out:", why)
	}
	if f.json {
		return r.JSON(cmd.OutOrStdout())
	}
	if len(figures) > 1 {
		_, err = fmt.Fprintln(out, r.Tally())
	}
	return err
}

// stopped is why a figure did not come to its end.
func (f *experimentFlags) stopped(ctx context.Context, figure string, r *paper.Report, err error) error {
	switch {
	case errors.As(err, new(*paper.Unasked)):
		return err
	case ctx.Err() == nil:
		return fmt.Errorf("%s: %w", figure, err)
	case f.output != "" && len(r.Results) > 0:
		return fmt.Errorf("interrupted in %s; what came before it is in %s", figure, f.output)
	}
	return fmt.Errorf("interrupted in %s", figure)
}

// keep writes a figure's files, and the claims so far.
func (f *experimentFlags) keep(r *paper.Report, result *paper.Result) error {
	if f.output == "" {
		return nil
	}
	files, err := result.Files()
	if err != nil {
		return err
	}
	claims, err := r.ClaimFiles()
	if err != nil {
		return err
	}
	var paths []string
	for name, data := range claims {
		files[name] = data
	}
	for name := range files {
		paths = append(paths, filepath.Join(f.output, name))
	}
	if err := keepInputs("-o", f.output, paths, []string{f.profile}); err != nil {
		return err
	}
	slices.Sort(paths)
	for _, path := range paths {
		if err := profile.WriteFile(path, files[filepath.Base(path)]); err != nil {
			return err
		}
	}
	return nil
}

// figureProgress shows the points of a figure, and how far all figures are; a figure that predicts in several rounds never goes back.
func figureProgress(progress func(done float64, what string), figure string, i, n int) func(done, total int) {
	if progress == nil {
		return nil
	}
	farthest := 0.0
	return func(done, total int) {
		farthest = max(farthest, float64(done)/float64(total))
		what := fmt.Sprintf("%s: %d of %d points", figure, done, total)
		if n > 1 {
			what += fmt.Sprintf(", figure %d of %d", i+1, n)
		}
		progress((float64(i)+farthest)/float64(n), what)
	}
}

// measure profiles this machine and runs its servers live, and has the figures predicted from that profile. Runs that are missing are a
// warning: the profile is there.
func (f *experimentFlags) measure(cmd *cobra.Command) error {
	dir, err := cache.Dir()
	if err != nil {
		return err
	}
	progress, done := stepProgress(cmd.ErrOrStderr())
	defer done()
	f.profile, err = live.Run(cmd.Context(), live.Options{OrtLib: f.ortLib, CacheDir: dir, Output: filepath.Join(f.output, "live"), Quick: f.quick,
		Command: "vsim " + strings.Join(os.Args[1:], " ")}, progress)
	done()
	if err != nil && (f.profile == "" || cmd.Context().Err() != nil) {
		return err
	}
	if err != nil {
		fmt.Fprintln(cmd.ErrOrStderr(), "warning:", err)
	}
	return nil
}
