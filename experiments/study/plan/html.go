package plan

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"vsim/experiments/study"
	"vsim/sim/report"
	"vsim/sim/report/page"
)

// HTML writes the answer as a web page in one file, which needs neither network nor script. The same answer gives the
// same bytes: how long the search took is not on it.
func HTML(w io.Writer, a *Answer, title string) error { return a.page(title).Write(w) }

func (a *Answer) page(title string) *page.Page {
	out := &page.Page{Title: title, Kind: "vsim plan", Lead: a.lead(), Foot: a.foot()}
	add := func(title string, parts ...page.Part) {
		if len(parts) > 0 {
			out.Sections = append(out.Sections, page.Section{Title: title, Parts: parts})
		}
	}
	p := a.shown()
	if p != nil {
		out.Facts = a.facts(p)
		add("Objectives", p.metTable(), p.settingsTable())
	}
	add("Where it stops holding", a.boundaryParts()...)
	add("Cost against p99", a.frontParts()...)
	add("How far prices may move", a.priceParts()...)
	if p != nil && p.Prediction != nil {
		out.Warnings = p.Prediction.Warnings
	}
	add("What it rests on", a.restParts(p)...)
	return out
}

// shown is the plan, or what comes nearest; nil for neither.
func (a *Answer) shown() *Plan {
	if a.Plan == nil && a.NearestMiss != nil {
		return &a.NearestMiss.Plan
	}
	return a.Plan
}

// lead is the answer in a sentence or two.
func (a *Answer) lead() string {
	slos := strings.Join(a.SLOs, " and ")
	switch {
	case a.Plan != nil && a.LoadRPS > 0:
		out := fmt.Sprintf("%s serve%s %s with %s", a.Plan.called(a.Currency), verb(a.Plan.Servers), load(a.LoadRPS, a.Cameras), slos)
		if b := a.Boundary; b != nil && b.Found {
			out += fmt.Sprintf(". That holds up to %s; what breaks first beyond is %s", load(b.HoldsRPS, b.HoldsCameras), b.FirstBreach)
		}
		return out + "."
	case a.Plan != nil:
		return fmt.Sprintf("%s hold%s %s up to %s.", a.Plan.called(a.Currency), verb(a.Plan.Servers), slos, load(a.Boundary.HoldsRPS, a.Boundary.HoldsCameras))
	case a.NearestMiss != nil:
		return fmt.Sprintf("Nothing that was searched holds %s at %s. What comes nearest is %s. %s.", slos, load(a.LoadRPS, a.Cameras),
			a.NearestMiss.called(a.Currency), a.NearestMiss.Why)
	}
	return fmt.Sprintf("Nothing that was searched holds %s.", slos)
}

// verb is what a verb of so many ends in.
func verb(n int) string { return map[bool]string{true: "s"}[n == 1] }

// called is a plan in a sentence.
func (p *Plan) called(currency string) string {
	out := fmt.Sprintf("%d x %s", p.Servers, p.Machine)
	var more []string
	if p.GPUs > 0 {
		more = append(more, fmt.Sprintf("%d GPU%s", p.GPUs, study.Plural(p.GPUs)))
	}
	if p.Units != nil {
		more = append(more, p.Units.Key+" = "+p.Units.Value)
	}
	if p.PricePerHour != nil {
		more = append(more, report.Money(*p.PricePerHour, currency)+" an hour")
	}
	if len(more) > 0 {
		out += " (" + strings.Join(more, ", ") + ")"
	}
	return out
}

// facts are the plan in a few numbers.
func (a *Answer) facts(p *Plan) (out []page.Fact) {
	what := page.Fact{Name: "machine", Value: fmt.Sprintf("%d x %s", p.Servers, p.Machine)}
	if a.Plan == nil {
		what.Name = "nearest miss"
	}
	if p.GPUs > 0 {
		what.Range = fmt.Sprintf("%d GPU%s in all", p.GPUs, study.Plural(p.GPUs))
	}
	out = append(out, what)
	if p.PricePerHour != nil {
		out = append(out, page.Fact{Name: "price an hour", Value: report.Money(*p.PricePerHour, a.Currency), Range: "of all servers"})
	}
	for i := range p.Met[:min(len(p.Met), 1)] {
		cells := p.Met[i].cells()
		out = append(out, page.Fact{Name: p.Met[i].SLO, Value: cells[1], Range: cells[2]})
	}
	if b := a.Boundary; b != nil && b.HoldsRPS > 0 {
		most := page.Fact{Name: "holds up to", Value: report.Digits(b.HoldsRPS) + "/s"}
		if b.HoldsCameras > 0 {
			most.Value = fmt.Sprintf("%d camera%s", b.HoldsCameras, study.Plural(b.HoldsCameras))
		}
		switch {
		case a.LoadRPS > 0 && p.HeadroomLoad < 0.0005:
			most.Range = "what is asked for, and no more"
		case a.LoadRPS > 0:
			most.Range = report.Percent(p.HeadroomLoad) + " more than is asked for"
		}
		out = append(out, most)
	}
	if p.EnergyJ != nil {
		out = append(out, page.Fact{Name: "energy a request", Value: report.Digits(*p.EnergyJ) + " J"})
	}
	return out
}

// metTable has a row for each objective, with the part of its limit that is used.
func (p *Plan) metTable() *page.Table {
	t := &page.Table{Title: "What is predicted", Words: 1, Bars: "part of the limit",
		Head: []string{"objective", "predicted", "95 % interval", "one live run", "headroom"}}
	runs := slices.ContainsFunc(p.Met, func(m Met) bool { return m.RunHigh != nil })
	for i := range p.Met {
		row := page.Row{Cells: p.Met[i].cells()}
		if h := p.Met[i].Headroom; h != nil {
			row.Bar = 1 - *h
		}
		t.Rows = append(t.Rows, row)
	}
	if !runs {
		const run = 3
		t.Head = slices.Delete(t.Head, run, run+1)
		for i := range t.Rows {
			t.Rows[i].Cells = slices.Delete(t.Rows[i].Cells, run, run+1)
		}
	}
	return t
}

// settingsTable has the keys that were searched.
func (p *Plan) settingsTable() *page.Table {
	t := &page.Table{Title: "Settings that were found", Words: 2, Head: []string{"key", "value"}}
	all := p.Settings
	if p.Units != nil {
		all = append([]Setting{*p.Units}, all...)
	}
	for _, set := range all {
		t.Rows = append(t.Rows, page.Row{Cells: []string{set.Key, set.Value}})
	}
	if len(all) == 0 {
		t.Note = "None: everything is as the file says."
	}
	return t
}

// restParts are what the plan rests on and what was not searched.
func (a *Answer) restParts(p *Plan) (parts []page.Part) {
	if p != nil && p.Prediction != nil && len(p.Prediction.Notes) > 0 {
		parts = append(parts, page.List(p.Prediction.Notes))
	}
	if n := len(a.LeftOut); n > 0 {
		parts = append(parts, page.Folded{Title: fmt.Sprintf("Left out: %d machine%s, and why", n, study.Plural(n)), Part: page.List(a.LeftOut)})
	}
	if p != nil && p.Scenario != "" {
		parts = append(parts, page.Folded{Title: "The plan as a scenario, for vsim simulate", Part: page.Code(p.Scenario)})
	}
	return parts
}

// foot says how the answer was found.
func (a *Answer) foot() []string {
	return []string{
		"Intervals are of 95 % confidence: where the mean over very many runs lies. What one live run will show varies more.",
		fmt.Sprintf("%d simulations; %d systems screened by bounds.", a.Evaluated, a.Screened),
	}
}
