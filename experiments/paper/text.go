package paper

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"vsim/sim/report"
)

const (
	rowsShown   = 30 // of a figure's table
	textWidth   = 110
	claimWidth  = 46
	indentation = "  "
)

// Text writes a figure for people: its table, its claims, and what is to be said of it.
func (r *Report) Text(w io.Writer, result *Result) error {
	out := bufio.NewWriter(w)
	title := result.Name + ": " + result.Title
	if r.Elsewhere != "" {
		title += ", " + r.Elsewhere + ", not the paper's machine"
	}
	fmt.Fprintf(out, "%s\n\n", title)
	result.Table.text(out)
	claimsText(out, result.Outcomes)
	for _, n := range result.Notes {
		fmt.Fprintf(out, "%s\n\n", strings.Join(wrapped(n, textWidth), "\n"))
	}
	return out.Flush()
}

// text writes the first rows.
func (t *Table) text(w io.Writer) {
	if len(t.Rows) == 0 {
		return
	}
	shown := t.Rows[:min(len(t.Rows), rowsShown)]
	counts := make([]bool, len(t.Columns)) // columns of whole numbers alone
	for i := range counts {
		counts[i] = !slices.ContainsFunc(t.Rows, func(row []any) bool { return !whole(row[i]) })
	}
	report.Table(w, func(to io.Writer) {
		fmt.Fprintln(to, indentation+strings.Join(t.Columns, "\t")+"\t")
		for _, row := range shown {
			var cells []string
			for i, c := range row {
				if x, ok := c.(float64); ok && counts[i] && math.Abs(x) < 1000 { // larger ones are whole anyway
					c = int64(x)
				}
				cells = append(cells, shortCell(c))
			}
			fmt.Fprintln(to, indentation+strings.Join(cells, "\t")+"\t")
		}
	})
	if more := len(t.Rows) - len(shown); more > 0 {
		fmt.Fprintf(w, "%sand %d rows more, which -o DIR writes as CSV\n", indentation, more)
	}
	fmt.Fprintln(w)
}

// whole says whether a cell is a whole number, or one that is not known.
func whole(cell any) bool {
	x, ok := cell.(float64)
	return ok && (!known(x) || x == math.Trunc(x))
}

// shortCell is a cell for people: numbers have three digits, and what they leave nothing of has no sign.
func shortCell(cell any) string {
	x, ok := cell.(float64)
	switch {
	case !ok:
		return fmt.Sprint(cell)
	case !known(x):
		return "-"
	case x < 0 && strings.Trim(report.Digits(-x), "0.") != "":
		return "-" + report.Digits(-x)
	}
	return report.Digits(math.Abs(x))
}

// claimsText writes the table of claims; what a claim compares stands below it, number by number.
func claimsText(w io.Writer, outcomes []Outcome) {
	if len(outcomes) == 0 {
		return
	}
	var aligned strings.Builder
	t := tabwriter.NewWriter(&aligned, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "%sid\tclaim\tpaper\tpredicted (95 %%)\tholds\n", indentation)
	for _, o := range outcomes {
		c := claimOf(o.ID)
		single := len(o.Quantities) == 1
		for i, line := range wrapped(c.Claim, claimWidth) {
			switch {
			case i > 0:
				fmt.Fprintf(t, "%s\t%s\t\t\t\n", indentation, line)
			case single:
				fmt.Fprintf(t, "%s%s\t%s\t%s\t%s\t%s\n", indentation, c.ID, line, c.Paper, o.Quantities[0].predicted(), c.verdict(o.Holds()))
			default:
				fmt.Fprintf(t, "%s%s\t%s\t%s\t\t%s\n", indentation, c.ID, line, c.Paper, c.verdict(o.Holds()))
			}
		}
		for _, q := range o.Quantities {
			if single {
				break
			}
			for i, line := range wrapped("- "+q.Name, claimWidth) {
				if i > 0 {
					fmt.Fprintf(t, "%s\t  %s\t\t\t\n", indentation, line)
					continue
				}
				fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", indentation, line, q.paper(), q.predicted(), map[bool]string{true: "yes", false: "no"}[q.Holds])
			}
		}
	}
	t.Flush()
	for line := range strings.Lines(aligned.String()) {
		fmt.Fprintln(w, strings.TrimRight(line, " \n"))
	}
	fmt.Fprintln(w)
	for _, o := range outcomes {
		if o.Why == "" {
			continue
		}
		for i, line := range wrapped(o.Why, textWidth-6) {
			id := ""
			if i == 0 {
				id = o.ID
			}
			fmt.Fprintf(w, "%s%-4s%s\n", indentation, id, line)
		}
	}
	fmt.Fprintln(w)
}

// String says how many claims hold.
func (t Tally) String() string {
	text := fmt.Sprintf("Of %d claims that nothing was fitted to, %d hold", t.Pred, t.Held)
	if t.Fitted > 0 {
		text += fmt.Sprintf("; of %d that the machine may be fitted to, %d", t.Fitted, t.Kept)
	}
	return text + "."
}
