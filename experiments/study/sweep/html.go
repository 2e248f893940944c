package sweep

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"vsim/experiments/study"
	"vsim/sim/predict"
	"vsim/sim/report/page"
)

// pageFile is the page of a whole sweep.
const pageFile = "report.html"

const (
	mostRows     = 300  // of the page's table
	mostTinted   = 1000 // cells of a table of colours on the page
	mostOfPage   = 5000 // points of a chart on the page
	mostWarnings = 20   // of all points, each once
)

// said is what the points of a sweep warn of, with how many of them do, in the order of the points.
type said struct {
	texts []string
	count map[string]int
	more  int // warnings beyond the most that are kept
}

func (s *said) add(texts []string) {
	if s.count == nil {
		s.count = map[string]int{}
	}
	for _, text := range texts {
		if s.count[text] == 0 {
			if len(s.texts) == mostWarnings {
				s.more++
				continue
			}
			s.texts = append(s.texts, text)
		}
		s.count[text]++
	}
}

// lines are the warnings, each with the number of its points.
func (s *said) lines() (out []string) {
	for _, text := range s.texts {
		out = append(out, fmt.Sprintf("%s (%d point%s)", text, s.count[text], study.Plural(s.count[text])))
	}
	if s.more > 0 {
		out = append(out, fmt.Sprintf("%d more; %s has all", s.more, rowsFile))
	}
	return out
}

// html is the page of all rows: made of the plan and the rows alone, so that the same sweep gives the same bytes.
func (f *folder) html(rows []*Row, warnings *said, sum *Summary) ([]byte, error) {
	s := &sheet{plan: f.plan, axes: f.axes, rows: rows, sum: sum}
	var b bytes.Buffer
	err := s.page(warnings.lines()).Write(&b)
	return b.Bytes(), err
}

// sheet is what a page shows.
type sheet struct {
	plan *plan
	axes []study.Axis
	rows []*Row
	sum  *Summary
}

func (s *sheet) page(warnings []string) *page.Page {
	out := &page.Page{Title: s.plan.File, Kind: "vsim sweep", Lead: s.lead(), Facts: s.facts(), Foot: s.foot()}
	add := func(title string, parts ...page.Part) {
		if len(parts) > 0 {
			out.Sections = append(out.Sections, page.Section{Title: title, Parts: parts})
		}
	}
	add("What was varied", s.variedTable())
	add("Throughput and latency", s.pictures()...)
	add("All points", s.rowsTable())
	if len(warnings) > 0 {
		add("What points warn of", page.Folded{Title: fmt.Sprintf("%d different warnings", len(warnings)), Part: page.List(warnings)})
	}
	return out
}

// best is the row with the most, or the least, of a number among those that keep up; nil for none.
func (s *sheet) best(metric int, most bool) (best *Row) {
	for _, r := range s.rows {
		x := r.Numbers[metric].Value
		if !known(x) || r.Verdict == predict.Overloaded {
			continue
		}
		if best == nil || most && x > best.Numbers[metric].Value || !most && x < best.Numbers[metric].Value {
			best = r
		}
	}
	return best
}

// lead is the answer in a sentence or two.
func (s *sheet) lead() string {
	out := fmt.Sprintf("%d point%s", len(s.rows), study.Plural(len(s.rows)))
	if s.sum.Overloaded > 0 {
		out += fmt.Sprintf(", of which %d take%s in more than can be served", s.sum.Overloaded, map[bool]string{true: "s"}[s.sum.Overloaded == 1])
	}
	if s.sum.Invalid > 0 {
		out += fmt.Sprintf("; %d cannot be simulated", s.sum.Invalid)
	}
	out += "."
	if r := s.best(throughput, true); r != nil {
		out += fmt.Sprintf(" Of those that keep up the most is served at %s: %s requests/s.", r.Point.Name(s.axes), short(r.Numbers[throughput].Value))
	}
	if r := s.best(p99, false); r != nil {
		out += fmt.Sprintf(" The shortest p99 is %s, at %s.", milliseconds(r.Numbers[p99].Value), r.Point.Name(s.axes))
	}
	return out
}

func milliseconds(seconds float64) string { return short(1e3*seconds) + " ms" }

func (s *sheet) facts() []page.Fact {
	out := []page.Fact{{Name: "points", Value: fmt.Sprint(len(s.rows))}}
	if r := s.best(throughput, true); r != nil {
		out = append(out, page.Fact{Name: "most served", Value: short(r.Numbers[throughput].Value) + "/s", Range: "± " + short(r.Numbers[throughput].HalfWidth())})
	}
	if r := s.best(p99, false); r != nil {
		out = append(out, page.Fact{Name: "shortest p99", Value: milliseconds(r.Numbers[p99].Value), Range: "± " + short(1e3*r.Numbers[p99].HalfWidth()) + " ms"})
	}
	if s.sum.Overloaded > 0 {
		out = append(out, page.Fact{Name: "overloaded", Value: fmt.Sprint(s.sum.Overloaded), Range: "points"})
	}
	if s.sum.Invalid > 0 {
		out = append(out, page.Fact{Name: "invalid", Value: fmt.Sprint(s.sum.Invalid), Range: "points"})
	}
	return out
}

// variedTable has the keys with their values.
func (s *sheet) variedTable() *page.Table {
	const most = 40 // values of a key
	t := &page.Table{Title: "Keys and values", Words: 2, Head: []string{"key", "values", "how many"}}
	if s.plan.Zip {
		t.Note = "The first values of all keys were taken together, then the second ones, and so on."
	}
	for _, a := range s.axes {
		values := a.Values
		if len(values) > most {
			values = slices.Concat(values[:most/2], []string{"..."}, values[len(values)-most/2:])
		}
		t.Rows = append(t.Rows, page.Row{Cells: []string{a.Key, strings.Join(values, ", "), fmt.Sprint(len(a.Values))}})
	}
	return t
}

// rowsTable has the numbers that matter most of each point, folded where there are many.
func (s *sheet) rowsTable() page.Part {
	t := &page.Table{Title: "Numbers with half the width of their 95 % intervals", Words: len(s.axes), Tail: 1}
	for _, a := range s.axes {
		t.Head = append(t.Head, a.Key)
	}
	t.Head = append(append(t.Head, numberColumns...), "limited by")
	for _, r := range s.rows[:min(len(s.rows), mostRows)] {
		t.Rows = append(t.Rows, page.Row{Cells: slices.Concat(r.Point.Values, r.shown())})
	}
	title := fmt.Sprintf("%d points", len(s.rows))
	if len(s.rows) > mostRows {
		title = fmt.Sprintf("The first %d of %d points", mostRows, len(s.rows))
		t.Note = fmt.Sprintf("%s; %s has all.", title, tableFile)
	}
	const few = 12
	if len(s.rows) <= few {
		return t
	}
	return page.Folded{Title: title, Part: t}
}

// foot says what the sweep was of.
func (s *sheet) foot() []string {
	out := []string{fmt.Sprintf("All points saw the same random numbers. %s and %s have every number with its interval.", tableFile, rowsFile)}
	made := []string{"--set " + strings.Join(s.plan.Set, ", "), "profile " + s.plan.Profile}
	for i, given := range []bool{len(s.plan.Set) > 0, s.plan.Profile != ""} {
		if given {
			out = append(out, made[i])
		}
	}
	for _, in := range s.plan.Inputs {
		out = append(out, fmt.Sprintf("%s sha256:%s", in.Name, in.SHA256))
	}
	return append(out, "vsim "+s.plan.Vsim)
}
