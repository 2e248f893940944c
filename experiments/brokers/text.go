package brokers

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// Text writes the table for a terminal.
func (r *Report) Text(out io.Writer) error {
	rows := r.Rows()
	fmt.Fprintf(out, "Brokers on %s, %s: %s\n", r.Machine.Name, r.Date, r.versions())
	for _, c := range concurrencies(rows) {
		fmt.Fprintf(out, "\nConcurrency %d\n", c)
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, strings.Join(heading(rows), "\t"))
		for _, line := range r.tableLines(rows, c) {
			fmt.Fprintln(w, strings.Join(line, "\t"))
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	if key := uncertain(rows); key != "" {
		fmt.Fprintln(out, "\n"+key)
	}
	for _, warning := range r.Warnings {
		fmt.Fprintln(out, "warning:", warning)
	}
	_, err := fmt.Fprintln(out)
	return err
}

// uncertain says what the marks at latencies mean, of those that rows have.
func uncertain(rows []Row) string {
	var marks []string
	isOpen := func(r Row) bool { return r.Load > 0 }
	if slices.ContainsFunc(rows, func(r Row) bool { return isOpen(r) && r.fewest < leastFor99 }) {
		marks = append(marks, fmt.Sprintf("~ of fewer than %d messages a round", leastFor99))
	}
	if slices.ContainsFunc(rows, func(r Row) bool { return isOpen(r) && !r.sustained() }) {
		marks = append(marks, "( ) of a load that the broker did not hold: of a queue which grows")
	}
	return strings.Join(marks, "; ")
}
