package explain

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"

	"vsim/experiments/study"
	"vsim/sim"
	"vsim/sim/predict"
	"vsim/sim/report"
)

// The bars of elasticities: of a metric that grows with what varies, and of one that falls.
const (
	Grown  = '█'
	Fallen = '▒'

	barWidth = 20

	nearlyFull = 0.97 // the busy part of what is as good as full
)

// JSON writes the explanation for programs.
func JSON(w io.Writer, e *Explanation) error {
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(e)
}

// Text writes the explanation for people.
func Text(w io.Writer, e *Explanation) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%s: %s\n\n", e.Name, e.now())
	e.breaks(out)
	e.table(out)
	for _, a := range e.Answers {
		fmt.Fprintf(out, "%s\n  %s\n\n", a.Question, wrapped(a.Text))
	}
	for _, n := range e.Notes {
		fmt.Fprintln(out, "Note:", n)
	}
	for _, warning := range e.Warnings {
		fmt.Fprintln(out, "Warning:", warning)
	}
	fmt.Fprintf(out, "%d replications with the same random numbers in every variant, seed %d.\n", e.Replications, e.Seed)
	return out.Flush()
}

// now says how the scenario does as it is.
func (e *Explanation) now() string {
	n := &e.Now
	text := fmt.Sprintf("%s, throughput %s", n.Verdict, report.Rate(n.ThroughputRPS.Value))
	if n.Verdict != predict.Overloaded {
		text += fmt.Sprintf(", latency mean %s, p99 %s", report.Span(n.MeanS.Value), report.Span(n.P99S.Value))
	}
	if study.Known(n.CostPerMillion) {
		text += fmt.Sprintf(", %s %s a million requests", report.Digits(n.CostPerMillion.Value), n.Currency)
	}
	return text
}

// breaks lists what becomes full, and at which load.
func (e *Explanation) breaks(out io.Writer) {
	if !study.Known(e.CapacityRPS) {
		fmt.Fprint(out, "What breaks first as load grows is not known.\n\n")
		return
	}
	if len(e.Breaks) == 0 {
		fmt.Fprint(out, "Nothing in it can be full: it serves whatever comes.\n\n")
		return
	}
	fmt.Fprintf(out, "What breaks first as load grows. It serves %s with %d clients at once, batches of %.1f:\n",
		report.Rate(e.CapacityRPS.Value), e.FullClients, e.FullBatch)
	width := len("what")
	for _, l := range e.Breaks {
		width = max(width, len(l.Name))
	}
	report.Table(out, func(t io.Writer) {
		fmt.Fprintf(t, "  %-*s\tfull at\tbusy now\tbusy then\tset by\t\n", width, "what")
		for _, l := range e.Breaks {
			fmt.Fprintf(t, "  %-*s\t%s\t%s\t%s\t%s\t\n", width, l.Name, report.Rate(l.CapacityRPS), report.Percent(l.Busy), report.Percent(l.BusyFull), l.Key)
		}
	})
	if first := &e.Breaks[0]; first.BusyFull < nearlyFull {
		fmt.Fprintf(out, "It serves no more although nothing is full: its parts wait for each other, or are down; %s would be the first.\n", first.Name)
	}
	fmt.Fprintln(out)
}

// table is the bar chart of elasticities.
func (e *Explanation) table(out io.Writer) {
	if len(e.Elasticities) == 0 {
		return
	}
	fmt.Fprintf(out, "By how many %% each metric changes for +1 %% of what stands on the left (bars: %s, %c grows, %c falls):\n", e.SortedBy, Grown, Fallen)
	priced := study.Known(e.Now.CostPerMillion)
	width, longest := len("what"), 0.0
	for i := range e.Elasticities {
		row := &e.Elasticities[i]
		width = max(width, len([]rune(row.label())))
		if x := e.SortedBy.Of(&row.Effects); study.Known(x) {
			longest = max(longest, math.Abs(x.Value))
		}
	}
	report.Table(out, func(t io.Writer) {
		fmt.Fprintf(t, "  %-*s\ttried\tthroughput\tmean\tp99\t", width, "what")
		if priced {
			fmt.Fprint(t, "cost\t")
		}
		fmt.Fprintln(t)
		for i := range e.Elasticities {
			row := &e.Elasticities[i]
			fmt.Fprintf(t, "  %-*s\t%s\t%s\t%s\t%s\t", width, row.label(), row.values(), signed(row.Throughput), signed(row.Mean), signed(row.P99))
			if priced {
				fmt.Fprintf(t, "%s\t", signed(row.Cost))
			}
			fmt.Fprintf(t, "  %s\n", bar(e.SortedBy.Of(&row.Effects).Value, longest))
		}
	})
	fmt.Fprintln(out)
}

// label is what varies.
func (e *Elasticity) label() string {
	if e.Kind == Knob {
		return e.Key + " = " + e.Value
	}
	return e.Of
}

// values are those that were tried.
func (e *Elasticity) values() string {
	var all []string
	for _, t := range e.Tried {
		switch {
		case t.Reason != "":
			all = append(all, t.Value+" (not possible)")
		case t.Verdict == predict.Overloaded:
			all = append(all, t.Value+" (overloaded)")
		default:
			all = append(all, t.Value)
		}
	}
	return strings.Join(all, ", ")
}

// signed writes an elasticity.
func signed(e sim.Estimate) string {
	if !study.Known(e) {
		return "-"
	}
	return fmt.Sprintf("%+.2f ± %.2f", math.Round(100*e.Value)/100+0, e.HalfWidth())
}

// bar draws a number beside the longest one.
func bar(x, longest float64) string {
	if math.IsNaN(x) || longest == 0 {
		return ""
	}
	n := int(math.Abs(x)/longest*barWidth + 0.5)
	if x < 0 {
		return strings.Repeat(string(Fallen), n)
	}
	return strings.Repeat(string(Grown), n)
}

// wrapped breaks a text into lines of a terminal's width, indented.
func wrapped(text string) string {
	const width = 110
	var b strings.Builder
	at := 0
	for i, word := range strings.Fields(text) {
		switch n := len([]rune(word)); {
		case i == 0:
			at = n
		case at+1+n > width:
			b.WriteString("\n  ")
			at = n
		default:
			b.WriteString(" ")
			at += 1 + n
		}
		b.WriteString(word)
	}
	return b.String()
}
