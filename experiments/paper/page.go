package paper

import (
	"fmt"
	"strconv"
	"strings"
)

// Results is the folder of committed results, below this package's.
const Results = "results"

// Page is README.md with what results say between its marks: "fitted", "claims" and "gallery", each between <!-- begin NAME --> and
// <!-- end NAME -->.
func (r *Report) Page(old string) (string, error) {
	for _, part := range []struct{ name, text string }{{"fitted", fittedTable()}, {"claims", r.Markdown()}, {"gallery", r.gallery()}} {
		var err error
		if old, err = between(old, part.name, part.text); err != nil {
			return "", err
		}
	}
	return old, nil
}

// between replaces what stands between the marks of a name.
func between(page, name, text string) (string, error) {
	begin, end := "<!-- begin "+name+" -->\n", "<!-- end "+name+" -->"
	head, rest, found := strings.Cut(page, begin)
	_, tail, closed := strings.Cut(rest, end)
	if !found || !closed {
		return "", fmt.Errorf("README.md: %q and %q must stand in it", strings.TrimSpace(begin), end)
	}
	return head + begin + "\n" + strings.TrimSpace(text) + "\n\n" + end + tail, nil
}

// fittedTable says what is fitted to what.
func fittedTable() string {
	var b strings.Builder
	b.WriteString("| what | value | comes from | fitted to |\n|---|---|---|---|\n")
	for _, f := range Fitted() {
		fmt.Fprintf(&b, "| %s | %s %s | %s | %s |\n", f.Name, strconv.FormatFloat(f.Value, 'g', 4, 64), f.Unit, f.From, f.To)
	}
	return b.String()
}

// gallery has every plot, and what each figure says.
func (r *Report) gallery() string {
	var b strings.Builder
	for _, result := range r.Results {
		fmt.Fprintf(&b, "### %s: %s\n\n", result.Name, result.Title)
		for _, n := range result.Notes {
			fmt.Fprintf(&b, "%s\n\n", n)
		}
		for _, p := range result.Plots {
			fmt.Fprintf(&b, "![%s](%s/%s.svg)\n\n", p.Title, Results, p.Name)
		}
		if len(result.Table.Columns) > 0 {
			fmt.Fprintf(&b, "[Numbers](%s/%s.csv)\n\n", Results, result.Name)
		}
	}
	return b.String()
}
