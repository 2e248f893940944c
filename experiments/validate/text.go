package validate

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Text writes the report for people: one line a case and metric, then, with details, one a stage.
func (r *Report) Text(w io.Writer, details bool) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "Predicted against measured, %s, %s\n\n", r.Machine, r.Date)
	table(out, r.Cases, false)
	if details {
		fmt.Fprintln(out, "\nMean time of a request in each part:")
		table(out, r.Cases, true)
	}
	fmt.Fprintln(out)
	for _, m := range metrics {
		if _, ok := r.Summary.MedianError[m.name]; ok {
			fmt.Fprintf(out, "%-16s median error %5.1f %%, largest %5.1f %%%s\n", m.name,
				100*r.Summary.MedianError[m.name], 100*r.Summary.MaxError[m.name], aside(m.name))
		}
	}
	for _, e := range r.Energy {
		fmt.Fprintf(out, "%s: %.3f J a request of the GPU, %.3f J of the host's processors (live; 0 where it cannot be told)\n", e.Case, e.GPUJ, e.HostJ)
	}
	fmt.Fprintf(out, "%.0f %% of the measurements lie in the 95 %% interval of their prediction.\n", 100*r.Summary.Coverage95)
	for _, warning := range r.Warnings {
		fmt.Fprintln(out, "Warning:", warning)
	}
	return out.Flush()
}

// aside explains a metric whose summary leaves rows out.
func aside(metric string) string {
	if metric == throughput {
		return " (closed loops: an open loop delivers what it is offered)"
	}
	return ""
}

func table(w io.Writer, rows []Row, stages bool) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "case\tmetric\tpredicted\t95 % interval\tmeasured\terror\trun to run\t")
	last := ""
	for _, row := range rows {
		if strings.HasPrefix(row.Metric, stagePrefix) != stages {
			continue
		}
		name := row.Case
		if name == last {
			name = ""
		}
		last = row.Case
		interval, mark := "", ""
		if !stages {
			interval = fmt.Sprintf("%s .. %s", value(row.Metric, row.Interval95[0]), value(row.Metric, row.Interval95[1]))
			if !row.Inside {
				mark = " outside"
			}
		}
		metric := strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(row.Metric, stagePrefix), "_s"), "_rps")
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%+.1f %%%s\t%.1f %%\t\n", name, strings.ReplaceAll(metric, "_", " "),
			value(row.Metric, row.Predicted), interval, value(row.Metric, row.Measured), 100*row.Error, mark, 100*row.Noise)
	}
	t.Flush()
}

// value prints a rate or a time.
func value(metric string, x float64) string {
	switch metric {
	case throughput:
		return fmt.Sprintf("%.1f/s", x)
	case droppedShare:
		return fmt.Sprintf("%.2f %%", 100*x)
	}
	return fmt.Sprintf("%.2f ms", 1e3*x)
}
