package validate

import (
	"bytes"
	"fmt"
	"math"
	"strings"
)

// markdownHead begins the README.md that a validation writes: one that begins otherwise is the user's.
const markdownHead = "# Accuracy of vsim's predictions: "

// markdown is the report as a page that stands beside the plots.
func (r *Report) markdown() []byte {
	var b bytes.Buffer
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	say("%s%s\n", markdownHead, r.Machine)
	say("Written by vsim validate; profiled and run live from %s on.", r.Date)
	if r.Command != "" {
		say("Command: `%s`.", r.Command)
	}
	if !r.Complete {
		say("Not all cases ran as often as they should; see the warnings.")
	}
	say("\nAll numbers are in `accuracy.csv`, with the stages; the profile, the live runs and the cases lie beside it.\n")
	say("![Predicted against measured](scatter.svg)\n\n![Measurements within their intervals](coverage.svg)\n")
	say("## What should hold\n")
	page(&b, GoalHeading, r.goalCells())
	say("\n## By band of load\n")
	say("Medians of signed errors. *of profile* is the part of the error that goes away when the simulator is given the times that each part took in those")
	say("very live runs, *of model* what is left. *inside*: measurements within their 95 %% interval. *over noise*: unsigned error over what a")
	say("live run differs from others by chance, 95 %% of the time.\n")
	page(&b, bandHeading, r.bandCells(true))
	say("\n## By case\n")
	say("*95 %% interval*: where a number of one live run should lie; *outside*: the mean of the live runs does not. *noise floor*: by how much one")
	say("live run differs from the mean of many by chance, 95 %% of the time; no prediction can be closer to it.")
	say("Open loops are predicted for the very arrivals of their live runs, `vsim simulate` predicts endlessly many others: its numbers differ a little.\n")
	page(&b, caseHeading, r.caseCells())
	if len(r.Warnings) > 0 {
		say("\n## Warnings\n")
		for _, w := range r.Warnings {
			say("- %s", cell(w))
		}
	}
	return b.Bytes()
}

// page writes a table in Markdown.
func page(b *bytes.Buffer, heading []string, rows [][]string) {
	fmt.Fprintf(b, "| %s |\n|%s\n", strings.Join(heading, " | "), strings.Repeat("---|", len(heading)))
	for _, row := range rows {
		for i := range row {
			row[i] = cell(row[i])
		}
		fmt.Fprintf(b, "| %s |\n", strings.Join(row, " | "))
	}
}

// cell is a text that neither ends a cell nor begins HTML.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "\n", " ").Replace(text)
}

var caseHeading = []string{"case", "load", "metric", "predicted", "95 % interval", "measured", "error", "of profile", "of model", "noise floor"}

// caseCells are the rows of cases, without stages.
func (r *Report) caseCells() (out [][]string) {
	last := ""
	for _, row := range r.Cases {
		if row.ofStage() {
			continue
		}
		cells := []string{"", "", plain(row.Metric), value(row.Metric, row.Predicted), "-", value(row.Metric, row.Measured), signed(row.Error), "-", "-", "-"}
		if row.Case != last {
			cells[0], cells[1], last = row.Case, string(row.Band), row.Case
		}
		if row.judged() {
			cells[4] = row.interval()
		}
		if row.noisy() {
			cells[9] = fmt.Sprintf("±%.1f %%", 100*row.NoiseFloor)
		}
		if row.judged() && !row.Inside {
			cells[6] += ", outside"
		}
		if row.OwnTimes > 0 {
			cells[7], cells[8] = signed(row.ProfileError), signed(row.ModelError)
		}
		out = append(out, cells)
	}
	return out
}

// interval prints a row's 95 % interval.
func (r Row) interval() string {
	return fmt.Sprintf("%s .. %s", value(r.Metric, r.Interval95[0]), value(r.Metric, r.Interval95[1]))
}

// goalCells are the rows of what should hold.
func (r *Report) goalCells() (out [][]string) {
	for _, g := range r.Summary.Goals {
		show := func(x float64) string { return fmt.Sprintf("%.1f %%", 100*x) }
		if g.Ratio {
			show = func(x float64) string { return fmt.Sprintf("%.2f", x) }
		}
		should, holds := fmt.Sprintf("%s to %s", show(g.Low), show(g.High)), "no"
		switch {
		case g.High == math.MaxFloat64:
			should = "(is given)"
		case g.Low == 0:
			should = "at most " + show(g.High)
		case g.High == 1:
			should = "at least " + show(g.Low)
		}
		if g.Holds() {
			holds = "yes"
		}
		out = append(out, []string{g.What, should, show(g.Found), fmt.Sprint(g.N), holds})
	}
	return out
}
