package paper

import (
	"fmt"
	"strings"
)

// Markdown is the table of claims, and below it what each compares.
func (r *Report) Markdown() string {
	var b strings.Builder
	outcomes := r.Outcomes()
	b.WriteString("| id | claim | paper | predicted, 95 % interval | holds |\n|---|---|---|---|---|\n")
	for _, o := range outcomes {
		c := claimOf(o.ID)
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", c.ID, c.Claim, c.Paper, o.parts(), c.verdict(o.Holds()))
	}
	fmt.Fprintf(&b, "\n%s A number holds within %.0f %% of the paper's; a direction where the interval leaves the opposite out.\n\n", r.Tally(), 100*Tolerance)
	for _, o := range outcomes {
		if o.Why != "" {
			fmt.Fprintf(&b, "- **%s** %s\n", o.ID, strings.ReplaceAll(o.Why, "\n", " "))
		}
	}
	return b.String()
}

// parts are the numbers of a claim in a cell of a table, one below the other.
func (o Outcome) parts() string {
	var lines []string
	for _, q := range o.Quantities {
		line := q.predicted()
		if len(o.Quantities) > 1 {
			line = q.Name + ": " + line
			if p := q.paper(); p != "" {
				line += " for " + p
			}
			if !q.Holds {
				line += " (no)"
			}
		}
		lines = append(lines, strings.ReplaceAll(line, "|", `\|`))
	}
	return strings.Join(lines, "<br>")
}
