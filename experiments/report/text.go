package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"vsim/experiments/predict"
)

const barWidth = 24

// Text writes the prediction for people. notes are sentences about what was simulated; they come first.
func Text(w io.Writer, p *predict.Prediction, notes []string) error {
	out := bufio.NewWriter(w)
	for _, n := range notes {
		fmt.Fprintln(out, n)
	}
	fmt.Fprintln(out)
	headline(out, p)
	fmt.Fprintln(out)
	stageTable(out, p.Stages)
	fmt.Fprintln(out)
	groups := group(p.Resources)
	resourceTable(out, groups)
	fmt.Fprintln(out)
	fmt.Fprintln(out, bottleneck(p, groups))
	if e := p.EnergyJ; e != nil {
		fmt.Fprintf(out, "Energy: %s J a request on the CPU, %s J on the GPU.\n", digits(e.CPU), digits(e.GPU))
	}
	for _, warning := range p.Warnings {
		fmt.Fprintln(out, "Warning:", warning)
	}
	fmt.Fprintln(out, cost(&p.Run))
	return out.Flush()
}

// table aligns rows to the right, tab-terminated cell by cell, without trailing blanks.
func table(w io.Writer, fill func(t io.Writer)) {
	var aligned strings.Builder
	t := tabwriter.NewWriter(&aligned, 0, 0, 2, ' ', tabwriter.AlignRight)
	fill(t)
	t.Flush()
	for line := range strings.Lines(aligned.String()) {
		fmt.Fprintln(w, strings.TrimRight(line, " \n"))
	}
}

// headline is throughput and latency with the half-widths of their 95 % intervals.
func headline(w io.Writer, p *predict.Prediction) {
	l := &p.LatencyS
	table(w, func(t io.Writer) {
		row := func(name, value, half string) { fmt.Fprintf(t, "%-12s\t%s\t± %s\t\n", name, value, half) }
		fmt.Fprintf(t, "%-12s\tvalue\t95 %%\t\n", "")
		row("throughput", rate(p.ThroughputRPS.Value), rate(half(p.ThroughputRPS)))
		for _, q := range []struct {
			name string
			e    predict.Estimate
		}{{"latency mean", l.Mean}, {"p50", l.P50}, {"p90", l.P90}, {"p95", l.P95}, {"p99", l.P99}, {"p99.9", l.P999}} {
			u := unitFor(q.e.Value)
			row(q.name, u.format(q.e.Value), u.format(half(q.e)))
		}
	})
}

func half(e predict.Estimate) float64 { return (e.CI95[1] - e.CI95[0]) / 2 }

func stageTable(w io.Writer, stages []predict.Stage) {
	width := len("stage")
	for _, s := range stages {
		width = max(width, len(s.Name))
	}
	table(w, func(t io.Writer) {
		fmt.Fprintf(t, "%-*s\ton\twait\tservice\tshare\tbusy\tbatch\t  part of the latency\n", width, "stage")
		for _, s := range stages {
			fmt.Fprintf(t, "%-*s\t%s\t%s\t%s\t%s\t%s\t%.1f\t  %s\n", width, s.Name, s.Resource,
				span(s.WaitS), span(s.ServiceS), percent(s.Share), percent(s.Utilization), s.MeanBatch, bar(s.Share))
		}
	})
}

func resourceTable(w io.Writer, groups []resourceGroup) {
	width := len("resource")
	for _, g := range groups {
		width = max(width, len(g.label()))
	}
	table(w, func(t io.Writer) {
		fmt.Fprintf(t, "%-*s\tbusy\t\n", width, "resource")
		for _, g := range groups {
			fmt.Fprintf(t, "%-*s\t%s\t  %s\n", width, g.label(), percent(g.mean()), bar(g.mean()))
		}
	})
}

// bar draws a part of 1.
func bar(part float64) string {
	n := int(part*barWidth + 0.5)
	return strings.Repeat("█", min(max(n, 0), barWidth))
}

// cost says what the prediction took, so that anyone can check the speed.
func cost(r *predict.RunInfo) string {
	speed := ""
	if r.WallS > 0 {
		speed = fmt.Sprintf(" (%s events/s)", count(float64(r.Events)/r.WallS))
	}
	return fmt.Sprintf("%s events, %s requests, %s simulated in %s%s; %d replications, seed %d.",
		count(float64(r.Events)), count(float64(r.Requests)), span(r.SimS), span(r.WallS), speed, r.Replications, r.Seed)
}
