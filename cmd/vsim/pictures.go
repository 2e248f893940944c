package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vsim/profile"
	"vsim/sim"
	"vsim/sim/report"
	"vsim/sim/scenario"
	"vsim/sim/timeline"
)

// mostTraced is how many requests a timeline can follow: 200 MB or so.
const mostTraced = 100_000

// output is a file that a flag names, with the endings that its name may have.
type output struct {
	flag, path string
	may        []string // nil: any
}

type outputs []output

func (f *simulateFlags) outputs() outputs {
	return outputs{{"--plot", f.plot, endings(report.PlotFormats)}, {"--html", f.html, pageEndings}, {"--trace", f.trace, endings(report.TraceFormats)}}
}

// pageEndings are those of pages.
var pageEndings = []string{".html", ".htm"}

// endings says which name ends in what it may not.
func (all outputs) endings() error {
	for _, o := range all {
		if o.path != "" && o.may != nil && !slices.Contains(o.may, filepath.Ext(o.path)) {
			return fmt.Errorf("%s %s: the file's name must end in %s", o.flag, o.path, strings.Join(o.may, ", "))
		}
	}
	return nil
}

// check says, before any work is done, which file cannot be written or is one of the inputs.
func (all outputs) check(inputs ...string) error {
	for _, o := range all {
		if err := checkOutput(o.flag, o.path, inputs...); err != nil {
			return err
		}
	}
	return nil
}

// endings are the endings of the names of files of some formats.
func endings(formats []string) (out []string) {
	for _, f := range formats {
		out = append(out, "."+f)
	}
	return out
}

// ending is the format that a file's name ends in.
func ending(path string) string { return strings.TrimPrefix(filepath.Ext(path), ".") }

// draw writes the files that the flags name, after everything that goes into them is there.
func draw(cmd *cobra.Command, s *scenario.Scenario, p *sim.Prediction, f simulateFlags, title string) error {
	for _, file := range []struct {
		path  string
		write func(w io.Writer) error
	}{
		{f.plot, func(w io.Writer) error { return report.Plot(w, p, ending(f.plot)) }},
		{f.html, func(w io.Writer) error { return report.HTML(w, p, title) }},
		{f.trace, func(w io.Writer) error {
			t, err := sim.Watch(cmd.Context(), sim.Of(s), timeline.Options{Requests: f.traced, After: f.tracedAfter, MaxPassed: s.Run.MaxEvents})
			var late *timeline.TooLateError
			if errors.As(err, &late) {
				return scenario.BadInput("--trace-after "+f.tracedAfter.String(), "is too late: run.max_events = %d, of one simulation, are used up after %v; take less than that, or set more", s.Run.MaxEvents, late.Passed.Round(time.Millisecond))
			}
			if errors.Is(err, context.Canceled) {
				return errors.New("interrupted before the timeline was ready; it is not written")
			}
			if err != nil {
				return err
			}
			if t.Cut {
				fmt.Fprintf(cmd.ErrOrStderr(), "vsim: --trace %s: some requests are still inside after so many events that the timeline ends there\n", f.trace)
			}
			return report.Trace(w, t, ending(f.trace))
		}},
	} {
		if file.path == "" {
			continue
		}
		var b bytes.Buffer
		if err := file.write(&b); err != nil {
			return err
		}
		if err := profile.WriteFile(file.path, b.Bytes()); err != nil {
			return err
		}
	}
	return nil
}
