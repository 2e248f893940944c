package generator

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"vsim/experiments/load/record"
)

// Text writes the report for a terminal.
func (r *Report) Text(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%s at %s, model %s: %s", r.Server, r.Address, r.Model, r.Input)
	if r.Batch > 1 {
		fmt.Fprintf(out, ", %d a request", r.Batch)
	}
	fmt.Fprint(out, "\n\n")
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, strings.Join(r.heading(), "\t"))
	for i := range r.Loads {
		fmt.Fprintln(table, strings.Join(r.line(&r.Loads[i]), "\t"))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out, "\nLatencies in ms, from when a request was due; late is the time from then until it was sent.")
	for i := range r.Loads {
		r.Loads[i].notes(out, len(r.Loads) > 1)
	}
	return out.Flush()
}

func (r *Report) heading() []string {
	out := []string{"load", "requests/s", "mean", "p50", "p90", "p99", "max", "late", "from send", "p99"}
	if r.Batch > 1 {
		out = slices.Insert(out, 2, "images/s")
	}
	if r.tells() {
		out = append(out, "in the server: queue", "compute")
	}
	if r.drops() {
		out = append(out, "dropped")
	}
	return append(out, "")
}

// tells says that the server told its times of a load.
func (r *Report) tells() bool {
	return slices.ContainsFunc(r.Loads, func(row Row) bool { return row.Split != nil })
}

// drops says that a server turned requests away.
func (r *Report) drops() bool {
	return slices.ContainsFunc(r.Loads, func(row Row) bool { return len(row.Dropped) > 0 })
}

func (r *Report) line(row *Row) []string {
	ms := func(s float64) string { return fmt.Sprintf("%.2f", 1e3*s) }
	l, s := &row.FromSchedule, &row.FromSend
	out := []string{row.Load, fmt.Sprintf("%.1f", row.ThroughputRPS), ms(l.MeanS), ms(l.P50S), ms(l.P90S), ms(l.P99S), ms(l.MaxS), ms(row.LateS), ms(s.MeanS), ms(s.P99S)}
	if r.Batch > 1 {
		out = slices.Insert(out, 2, fmt.Sprintf("%.1f", row.ImagesPerS))
	}
	switch {
	case row.Split != nil:
		out = append(out, ms(row.Split.QueueS), ms(row.Split.ComputeS()))
	case r.tells():
		out = append(out, "-", "-")
	}
	if r.drops() {
		out = append(out, fmt.Sprintf("%.2g %%", 100*row.DroppedShare()))
	}
	if !row.Valid {
		return append(out, "NOT VALID")
	}
	return append(out, "valid")
}

// notes says what does not hold, what was dropped, and what else to know.
func (row *Row) notes(out io.Writer, named bool) {
	name := ""
	if named {
		name = row.Load + ": "
	}
	for _, reason := range []record.Outcome{record.Rejected, record.Expired} {
		if n := row.Dropped[reason]; n > 0 {
			fmt.Fprintf(out, "%s%d requests %s by the server\n", name, n, reason)
		}
	}
	for _, c := range row.Checks {
		if !c.Holds {
			fmt.Fprintf(out, "Not valid: %s%s: %s; %s\n", name, c.Name, c.Found, c.Remedy)
		}
	}
	for _, c := range row.Checks {
		if c.Holds && !named {
			fmt.Fprintf(out, "%s: %s\n", c.Name, c.Found)
		}
	}
	for _, warning := range row.Warnings {
		fmt.Fprintf(out, "Warning: %s%s\n", name, warning)
	}
}
