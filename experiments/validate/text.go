package validate

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
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
			fmt.Fprintf(out, "%-16s median error %5.1f %%, largest %5.1f %%%s%s\n", plain(m.name),
				100*r.Summary.MedianError[m.name], 100*r.Summary.MaxError[m.name], r.ofModel(m.name), aside(m.name))
		}
	}
	if len(r.Summary.MedianModelError) > 0 {
		fmt.Fprintln(out, "with own times: the simulator is given what each part took in those very live runs, so that the error left is the model's;\nthe rest of an error comes from the profile, whose times were taken at other moments and under other load.")
	}
	for _, e := range r.Energy {
		fmt.Fprintf(out, "%s: %.3f J a request of the GPU, %.3f J of the host's processors (live; 0 where it cannot be told)\n", e.Case, e.GPUJ, e.HostJ)
	}
	fmt.Fprintln(out, r.coverage())
	r.bandTable(out, details)
	for _, warning := range r.Warnings {
		fmt.Fprintln(out, "Warning:", warning)
	}
	return out.Flush()
}

// coverage says how many of the live runs' numbers lie in their intervals.
func (r *Report) coverage() string {
	if r.Summary.Judged == 0 {
		return "No case ran twice: how noisy a live run is, and so whether the measurements lie in the 95 % intervals, is unknown."
	}
	return fmt.Sprintf("%.0f %% of %d measurements of single live runs lie in the 95 %% interval of their prediction.", 100*r.Summary.Coverage95, r.Summary.Judged)
}

// ofModel sums up the model's error of a metric, "" where it is not known.
func (r *Report) ofModel(metric string) string {
	median, ok := r.Summary.MedianModelError[metric]
	if !ok {
		return ""
	}
	return fmt.Sprintf("; with own times %.1f and %.1f %%", 100*median, 100*r.Summary.MaxModelError[metric])
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
	known := slices.ContainsFunc(rows, func(r Row) bool { return r.OwnTimes > 0 })
	heading := "case\tmetric\tpredicted\t95 % interval\tmeasured\terror\trun to run\t"
	if known {
		heading += "with own times\t"
	}
	fmt.Fprintln(t, heading)
	last := ""
	for _, row := range rows {
		if row.ofStage() != stages {
			continue
		}
		name := row.Case
		if name == last {
			name = ""
		}
		last = row.Case
		interval, mark, noise := "", "", "-"
		if row.noisy() {
			noise = fmt.Sprintf("%.1f %%", 100*row.Noise)
		}
		if !stages {
			interval = "-"
		}
		if row.judged() {
			interval = row.interval()
			if !row.Inside {
				mark = " outside"
			}
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%+.1f %%%s\t%s\t", name, plain(row.Metric),
			value(row.Metric, row.Predicted), interval, value(row.Metric, row.Measured), 100*row.Error, mark, noise)
		switch {
		case row.OwnTimes > 0:
			fmt.Fprintf(t, "%+.1f %%\t", 100*row.ModelError)
		case known:
			fmt.Fprint(t, "\t")
		}
		fmt.Fprintln(t)
	}
	t.Flush()
}

// plain is a metric in words.
func plain(metric string) string {
	return strings.ReplaceAll(strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(metric, stagePrefix), "_s"), "_rps"), "_", " ")
}

// bandTable shows the errors by band of load, with those of stages where details are wanted.
func (r *Report) bandTable(w io.Writer, details bool) {
	if len(r.Summary.ByBand) == 0 {
		return
	}
	fmt.Fprintln(w, "\nBy band of load, medians of signed errors (those of the profile and of the model where own times are known):")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.Join(bandHeading, "\t")+"\t")
	for _, cells := range r.bandCells(details) {
		fmt.Fprintln(t, strings.Join(cells, "\t")+"\t")
	}
	t.Flush()
	fmt.Fprintln(w, "inside: measurements within their 95 % interval; over noise: unsigned error over what a live run differs by chance, 95 % of the time.")
	fmt.Fprintln(w)
}

var bandHeading = []string{"load", "metric", "cases", "error", "of profile", "of model", "worst", "inside", "over noise"}

// bandCells are the rows of the table of bands: of the metrics that are judged, or of all that there are.
func (r *Report) bandCells(stages bool) (out [][]string) {
	for _, b := range r.Summary.ByBand {
		load := string(b.Band)
		for _, name := range b.names(stages) {
			m := b.Metrics[name]
			cells := []string{load, plain(name), fmt.Sprint(m.N), signed(m.MedianError), "-", "-", fmt.Sprintf("%.1f %%", 100*m.WorstError), "-", "-"}
			if m.Known > 0 {
				cells[4], cells[5] = signed(m.ProfileError), signed(m.ModelError)
			}
			if m.Judged > 0 {
				cells[7] = fmt.Sprintf("%.0f %%", 100*m.Coverage95)
			}
			if m.ErrorByNoise > 0 {
				cells[8] = fmt.Sprintf("%.2f", m.ErrorByNoise)
			}
			out, load = append(out, cells), ""
		}
	}
	return out
}

func signed(part float64) string { return fmt.Sprintf("%+.1f %%", 100*part) }

// names are a band's metrics in their order, and those of stages after them.
func (b BandSummary) names(stages bool) (out []string) {
	for _, m := range metrics {
		if _, ok := b.Metrics[m.name]; ok {
			out = append(out, m.name)
		}
	}
	if stages {
		out = append(out, slices.DeleteFunc(slices.Sorted(maps.Keys(b.Metrics)), func(name string) bool { return !strings.HasPrefix(name, stagePrefix) })...)
	}
	return out
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
