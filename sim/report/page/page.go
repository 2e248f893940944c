// Package page writes reports as web pages: one file that needs no network and no script, in a light and a dark theme, for
// any width and for paper. Pages are made of titles, texts, tables and pictures; what is in them is their writer's affair.
package page

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
)

// Page is a report.
type Page struct {
	Title    string // of the page
	Kind     string // what it is, a few words above the title: "vsim simulate"
	About    string // what it is of, below the title
	Lead     string // the answer, in a sentence or two
	Facts    []Fact // the few numbers that matter most
	Warnings []string
	Sections []Section
	Foot     []string // how the page was made
}

// Fact is a number that matters.
type Fact struct {
	Name  string // "throughput"
	Value string // "12,346/s"
	Range string // "12,300 to 12,400/s"; "" for none
}

// Section is a part of a page with a title.
type Section struct {
	Title string
	Parts []Part
}

// Part is a part of a section: Text, List, *Table, *Chart, *Stacks, Beside or Folded.
type Part interface {
	template() string // the name of its template
}

// Text is a paragraph.
type Text string

// List is a list of sentences.
type List []string

// Beside are parts that stand side by side where there is room.
type Beside []Part

// Folded is a part that shows its title until it is opened.
type Folded struct {
	Title string
	Part  Part
}

// Code is text that is shown as it is.
type Code string

func (Text) template() string    { return "text" }
func (List) template() string    { return "list" }
func (Beside) template() string  { return "beside" }
func (Folded) template() string  { return "folded" }
func (Code) template() string    { return "code" }
func (*Table) template() string  { return "table" }
func (*Chart) template() string  { return "chart" }
func (*Stacks) template() string { return "stacks" }

//go:embed page.html page.css
var files embed.FS

var layout = parse()

func parse() *template.Template {
	t := template.New("page.html")
	css, err := files.ReadFile("page.css")
	if err != nil {
		panic(err) // it is embedded
	}
	t.Funcs(template.FuncMap{
		"css":  func() template.CSS { return template.CSS(css) },
		"part": func(p Part) (template.HTML, error) { return render(t, p) },
	})
	return template.Must(t.ParseFS(files, "page.html"))
}

// render writes a part by its template.
func render(t *template.Template, p Part) (template.HTML, error) {
	var b bytes.Buffer
	err := t.ExecuteTemplate(&b, p.template(), p)
	return template.HTML(b.String()), err // what the template wrote is escaped already
}

// Write writes the page. The same page gives the same bytes.
func (p *Page) Write(w io.Writer) error {
	var b bytes.Buffer
	if err := layout.ExecuteTemplate(&b, "page.html", p); err != nil {
		return fmt.Errorf("page: %w", err)
	}
	_, err := w.Write(b.Bytes())
	return err
}
