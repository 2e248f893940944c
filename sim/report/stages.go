package report

import (
	"fmt"
	"io"
	"math"
	"strings"

	"vsim/sim/predict"
)

// stageTable writes a row a stage, and below what all the intervals are within. The columns of visits
// and of where the times come from are left out where they would say nothing.
func stageTable(w io.Writer, stages []predict.Stage) {
	width := len("stage")
	visits, times := false, false
	for _, s := range stages {
		width = max(width, len(s.Name))
		visits = visits || often(s.Visits.Value) != ""
		times = times || s.Times != ""
	}
	table(w, func(t io.Writer) {
		row := func(name, on, wait, service, share, busy, batch, visit, from, part string) {
			cells := []string{fmt.Sprintf("%-*s", width, name), on, wait, service, share, busy, batch}
			if visits {
				cells = append(cells, visit)
			}
			if times {
				cells = append(cells, from)
			}
			fmt.Fprintf(t, "%s\t  %s\n", strings.Join(cells, "\t"), part)
		}
		row("stage", "on", "wait", "service", "share", "busy", "batch", "visits", "times", "part of the latency")
		for _, s := range stages {
			row(s.Name, s.Resource, span(s.WaitS.Value), span(s.ServiceS.Value), percent(s.Share.Value), percent(s.Utilization.Value),
				fmt.Sprintf("%.1f", s.MeanBatch.Value), often(s.Visits.Value), s.Times, bar(s.Share.Value))
		}
	})
	fmt.Fprintln(w, within(stages))
}

// often writes a number of visits, nothing for one each.
func often(visits float64) string {
	if math.Abs(visits-1) <= 0.01 {
		return ""
	}
	return fmt.Sprintf("%.3g", visits)
}

// within says how wide the widest intervals of the table are.
func within(stages []predict.Stage) string {
	var times, busy, batch float64
	widen := func(widest *float64, e predict.Estimate) {
		if h := half(e); h > *widest { // not NaN
			*widest = h
		}
	}
	for _, s := range stages {
		widen(&times, s.WaitS)
		widen(&times, s.ServiceS)
		widen(&busy, s.Utilization)
		widen(&batch, s.MeanBatch)
	}
	return fmt.Sprintf("95 %% intervals: times ± %s, busy ± %s, batch ± %s, or less; each is in --json.",
		unitFor(times).format(times), percent(busy), digits(batch))
}
