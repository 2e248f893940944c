package brokers

import (
	"fmt"
	"io"
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
	for _, warning := range r.Warnings {
		fmt.Fprintln(out, "warning:", warning)
	}
	_, err := fmt.Fprintln(out)
	return err
}
