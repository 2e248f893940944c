// Package pagetest reads pages in tests.
package pagetest

import (
	"html"
	"regexp"
	"strings"
	"testing"
)

var (
	tags  = regexp.MustCompile(`<[^>]*>`)
	rows  = regexp.MustCompile(`(?s)<tr.*?</tr>`)
	cells = regexp.MustCompile(`<t[hd][^>]*>([^<]*)</t[hd]>`)
)

// Text is what is to be read on a page, with a bar for each tag.
func Text(source string) string { return html.UnescapeString(tags.ReplaceAllString(source, "|")) }

// Alone fails a test whose page has what none may have: script, addresses, what it fetches, and numbers that are none.
func Alone(t *testing.T, source string) {
	t.Helper()
	for _, no := range []string{"NaN", "Inf", "ZgotmplZ", "<script", "http:", "https:", "url("} {
		if strings.Contains(source, no) {
			t.Errorf("the page has %q", no)
		}
	}
	for _, tag := range tags.FindAllString(source, -1) {
		if strings.Contains(tag, "src=") {
			t.Errorf("the page fetches something: %s", tag)
		}
	}
}

// Table is the rows of the table with a title, by their cells.
func Table(t *testing.T, source, title string) (out [][]string) {
	t.Helper()
	_, table, found := strings.Cut(source, "<caption>"+html.EscapeString(title)+"</caption>")
	if !found {
		t.Fatalf("there is no table %q", title)
	}
	table, _, _ = strings.Cut(table, "</table>")
	_, body, _ := strings.Cut(table, "<tbody>")
	for _, row := range rows.FindAllString(body, -1) {
		var mine []string
		for _, cell := range cells.FindAllStringSubmatch(row, -1) {
			mine = append(mine, html.UnescapeString(cell[1]))
		}
		out = append(out, mine)
	}
	return out
}
