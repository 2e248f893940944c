package page

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// full is a page with every kind of part, and with text that must not become markup.
func full() *Page {
	table := &Table{Title: "Stages", Words: 1, Head: []string{"stage", "wait"}, Bars: "share", Note: "within 1 ms",
		Rows: []Row{{Cells: []string{"read", "1 ms"}, Bar: 0.25}, {Cells: []string{"<script>x</script>", "2 ms"}, Inner: true, Bar: math.NaN()}}}
	return &Page{
		Title: `a & b's "<b>page</b>"`, Kind: "vsim test", Lead: "It serves 5/s.", Facts: []Fact{{"throughput", "5/s", "4 to 6/s"}, {Name: "plain", Value: "1"}},
		Warnings: []string{"a warning"}, Foot: []string{"seed 1"},
		Sections: []Section{
			{"First", []Part{Text("a text"), List{"one", "two"}, table}},
			{"Second", []Part{Beside{
				&Chart{Title: "Columns", Caption: "two columns", X: Axis{Label: "ms"}, Y: Axis{Label: "%"}, Columns: []Column{{0, 1, 3}, {1, 2, 5}},
					Marks: []Mark{{0.5, "p50"}, {1.9, "p99"}}, Shade: &Shade{0, 1, "warm-up"}, Figures: table},
				&Chart{Title: "Lines", Caption: "two lines", Series: []Series{{"a", [][2]float64{{0, 1}, {1, 4}}, false}, {"b", [][2]float64{{0, 2}, {1, math.NaN()}, {2, 2}}, true}}},
			}, &Stacks{Title: "Bars", Caption: "two bars", Parts: []string{"wait", "work"}, Figures: table,
				Rows: []Stack{{"read", "3 ms", []float64{1, 2}, []string{"1 ms", "2 ms"}}, {"<i>", "0", []float64{math.NaN(), 0}, nil}}},
				Folded{"The scenario", Code("name = \"<x>\"\n")}}},
		},
	}
}

func written(t *testing.T, p *Page) string {
	t.Helper()
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// elements reads what the body of a page is made of, which is well-formed as XML is.
func elements(t *testing.T, html string) (out []xml.StartElement, text string) {
	t.Helper()
	body := html[strings.Index(html, "<body>"):strings.Index(html, "</html>")]
	d := xml.NewDecoder(strings.NewReader(body))
	d.Entity = xml.HTMLEntity
	var b strings.Builder
	for {
		token, err := d.Token()
		switch token := token.(type) {
		case xml.StartElement:
			out = append(out, token.Copy())
		case xml.CharData:
			b.Write(token)
		}
		if errors.Is(err, io.EOF) {
			return out, b.String()
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, body)
		}
	}
}

func attribute(e *xml.StartElement, name string) string {
	i := slices.IndexFunc(e.Attr, func(a xml.Attr) bool { return a.Name.Local == name })
	if i < 0 {
		return ""
	}
	return e.Attr[i].Value
}

// TestPage: what is written is all there, as text, and the same twice.
func TestPage(t *testing.T) {
	html := written(t, full())
	if html != written(t, full()) {
		t.Error("two writings of one page differ")
	}
	_, text := elements(t, html)
	for _, want := range []string{`a & b's "<b>page</b>"`, "It serves 5/s.", "4 to 6/s", "a warning", "a text", "two", "<script>x</script>", "within 1 ms",
		"p99", "warm-up", "two lines", "wait: 1 ms", "<i>", `name = "<x>"`, "seed 1"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
}

// TestPageNeedsNothing: there is no script and nothing to be fetched, and every number of a picture is one.
func TestPageNeedsNothing(t *testing.T) {
	html := written(t, full())
	for _, no := range []string{"<script", "http:", "https:", "src=", "url(", "@import", "NaN", "Inf", "ZgotmplZ", "<i>"} {
		if strings.Contains(html, no) {
			t.Errorf("the page has %q", no)
		}
	}
	if !strings.Contains(html, "default-src 'none'") || !strings.Contains(html, "prefers-color-scheme: dark") || !strings.Contains(html, `name="viewport"`) {
		t.Error("the page lacks its policy, its dark theme or its viewport")
	}
}

// TestPageIsAccessible: pictures say what they show and have a table, regions and headings have names, and ids are there once.
func TestPageIsAccessible(t *testing.T) {
	html := written(t, full())
	all, _ := elements(t, html)
	ids, pictures, headers := map[string]int{}, 0, 0
	for i := range all {
		e := &all[i]
		if id := attribute(e, "id"); id != "" {
			ids[id]++
		}
		switch e.Name.Local {
		case "svg":
			pictures++
			if attribute(e, "viewBox") == "" {
				t.Error("a picture without a size")
			}
		case "th":
			if headers++; attribute(e, "scope") == "" {
				t.Error("a header of neither row nor column")
			}
		}
	}
	for i := range all {
		e := &all[i]
		if to := attribute(e, "aria-labelledby"); to != "" && ids[to] != 1 {
			t.Errorf("%s is labelled by %q, which is there %d times", e.Name.Local, to, ids[to])
		}
	}
	if n := strings.Count(html, `role="img" aria-label="`); n != 3 || pictures < 3 || headers == 0 {
		t.Errorf("%d of %d pictures have a text; %d headers", n, pictures, headers)
	}
	for _, want := range []string{`aria-label="Columns. two columns"`, `aria-label="Bars. two bars"`, `<html lang="en">`, "<main>", "<caption>Stages</caption>"} {
		if !strings.Contains(html, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if n := strings.Count(html, "<summary>As a table</summary>"); n != 2 {
		t.Errorf("%d pictures have a table", n)
	}
}

var number = regexp.MustCompile(`-?\d+(\.\d+)?`)

// TestChartIsToScale: a column twice as high is drawn twice as high, within the picture; a line is broken where nothing is known.
func TestChartIsToScale(t *testing.T) {
	c := Chart{Columns: []Column{{0, 1, 2}, {1, 2, 4}}, Series: []Series{{"a", [][2]float64{{0, 1}, {0.5, math.NaN()}, {1, 4}}, false}}}
	d, heights := c.Drawing(), []string{}
	for _, s := range d.Shapes {
		switch s.Class {
		case "column":
			heights = append(heights, number.FindAllString(s.Path, -1)[3])
		case "line s0":
			if strings.Count(s.Path, "M") != 2 {
				t.Errorf("the line is drawn as %s", s.Path)
			}
		}
	}
	if want := []string{coordinate(plain / 1.05 / 2), coordinate(plain / 1.05)}; !slices.Equal(heights, want) {
		t.Errorf("heights %v, want %v", heights, want)
	}
}

// TestStacksAddUp: the parts of the longest bar take all the width, those of others their part of it.
func TestStacksAddUp(t *testing.T) {
	s := Stacks{Parts: []string{"a", "b"}, Rows: []Stack{{Values: []float64{1, 3}}, {Values: []float64{math.NaN(), 2}}}}
	var got []string
	for _, shape := range s.Drawing().Shapes {
		if strings.HasPrefix(shape.Class, "part") {
			n := number.FindAllString(shape.Path, -1)
			got = append(got, shape.Class+" "+n[0]+" "+n[2])
		}
	}
	if want := []string{"part p0 0 100", "part p1 100 300", "part p1 0 200"}; !slices.Equal(got, want) {
		t.Errorf("parts %q, want %q", got, want)
	}
}

// TestEmptyPictures: nothing to draw is drawn.
func TestEmptyPictures(t *testing.T) {
	p := &Page{Sections: []Section{{"empty", []Part{&Chart{}, &Stacks{}, &Table{}, List{}, &Chart{Series: []Series{{"flat", [][2]float64{{0, 0}}, true}}}}}}}
	if html := written(t, p); strings.Contains(html, "NaN") || strings.Contains(html, "Inf") {
		t.Error("an empty picture has numbers that are none")
	}
}
