package compare

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"

	"vsim/experiments/study"
	"vsim/sim"
	"vsim/sim/predict"
	"vsim/sim/report"
)

// JSON writes the comparison for programs.
func JSON(w io.Writer, c *Comparison) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(c)
}

// Text writes the comparison for people.
func Text(w io.Writer, c *Comparison) error {
	out := bufio.NewWriter(w)
	for _, side := range []struct {
		letter string
		*Summary
		other *Summary
	}{{"A", &c.A, &c.B}, {"B", &c.B, &c.A}} {
		fmt.Fprintf(out, "%s: %s: %s", side.letter, side.Name, side.Verdict)
		if side.Bottleneck != "" {
			fmt.Fprintf(out, ", bottleneck %s", side.Bottleneck)
		}
		fmt.Fprintln(out)
		for _, what := range side.Simulated {
			if !slices.Contains(side.other.Simulated, what) {
				fmt.Fprintf(out, "   %s\n", what)
			}
		}
	}
	fmt.Fprintln(out)
	report.Table(out, func(t io.Writer) {
		fmt.Fprintf(t, "%-16s\tA\tB\tB - A\t± 95 %%\tchange\t\t\n", "")
		for i := range c.Rows {
			c.Rows[i].cells(t)
		}
	})
	for _, n := range c.Notes {
		fmt.Fprintln(out, "Note:", n)
	}
	for i, side := range []*Summary{&c.A, &c.B} {
		other := []*Summary{&c.B, &c.A}[i]
		for _, warning := range side.Warnings {
			switch both := slices.Contains(other.Warnings, warning); {
			case both && i == 0:
				fmt.Fprintf(out, "Warning, both: %s\n", warning)
			case !both:
				fmt.Fprintf(out, "Warning, %c: %s\n", 'A'+i, warning)
			}
		}
		if side.Verdict == predict.Overloaded {
			fmt.Fprintf(out, "%c is overloaded and has no latencies to compare.\n", 'A'+i)
		}
	}
	fmt.Fprintf(out, "%d replications with the same random numbers in both, seed %d, compared in pairs after %s; significant: the 95 %% interval of the difference leaves 0 out.\n",
		c.Replications, c.Seed, report.Span(c.PairedS))
	return out.Flush()
}

// tiny is a relative change that is nothing to anybody, however sure.
const tiny = 0.001

// cells writes the row of a table.
func (r *Row) cells(t io.Writer) {
	significant := "not significant"
	switch {
	case !study.Known(r.Difference):
		significant = ""
	case r.Difference == sim.Estimate{}:
		significant = "the same"
	case r.Significant && math.Abs(r.Change.Value) < tiny:
		significant = "significant, but tiny"
	case r.Significant:
		significant = "significant"
	}
	fmt.Fprintf(t, "%-16s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", r.Name, r.value(r.A.Value), r.value(r.B.Value), r.value(r.Difference.Value),
		r.value(r.Difference.HalfWidth()), relative(r.Change), significant)
}

// value writes a number in the metric's unit; 0 as such.
func (r *Row) value(x float64) string {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return "-"
	case x == 0:
		return "0"
	}
	return r.write(x)
}

// relative writes a relative change.
func relative(e sim.Estimate) string {
	if !study.Known(e) {
		return "-"
	}
	return fmt.Sprintf("%+.1f ± %.1f %%", 100*e.Value+0, 100*e.HalfWidth())
}
