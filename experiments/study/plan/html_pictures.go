package plan

import (
	"fmt"
	"slices"
	"strings"

	"vsim/sim/report"
	"vsim/sim/report/page"
)

// Colours of what holds and of what does not, by the number of a chart's line.
const (
	lineColour = iota
	brokenColour
	holdsColour
)

// uneven is the quotient of the largest and the least number from which an axis is logarithmic.
const uneven = 30

// p99Axis is the upright axis of p99 in a unit that suits all of it.
func p99Axis(all []float64) (a page.Axis, unit float64) {
	a, unit = page.Axis{Label: "p99, ms"}, 1e-3
	if len(all) == 0 {
		return a, unit
	}
	low, high := slices.Min(all), slices.Max(all)
	switch {
	case high >= 10:
		a.Label, unit = "p99, s", 1
	case high < 1e-3:
		a.Label, unit = "p99, us", 1e-6
	}
	a.Log = low > 0 && high > uneven*low
	return a, unit
}

// levels are the limits of p99, with their names on the side that is said.
func (a *Answer) levels(unit float64, toTheLeft bool) (out []page.Level) {
	if p := a.shown(); p != nil {
		for i := range p.Met {
			if o := p.Met[i].slo; o.Metric == P99 && o.Class == "" {
				out = append(out, page.Level{Y: o.Limit / unit, Name: o.Text, Left: toTheLeft})
			}
		}
	}
	return out
}

// limits are those of p99, in seconds.
func (a *Answer) limits() (out []float64) {
	for _, l := range a.levels(1, false) {
		out = append(out, l.Y)
	}
	return out
}

// boundaryParts say up to where it holds and what breaks first.
func (a *Answer) boundaryParts() (parts []page.Part) {
	b := a.Boundary
	if b == nil {
		return nil
	}
	var text strings.Builder
	b.write(&text)
	var said page.List
	for line := range strings.Lines(text.String()) {
		if line = strings.TrimPrefix(strings.TrimSpace(line), "Boundary: "); line != "" {
			said = append(said, strings.ToUpper(line[:1])+line[1:]+".")
		}
	}
	parts = append(parts, said)
	if c := a.curveChart(); c != nil {
		parts = append(parts, c)
	}
	return parts
}

// curveChart draws p99 over the load; nil where there is too little of it.
func (a *Answer) curveChart() *page.Chart {
	b := a.Boundary
	all := a.limits()
	for _, at := range b.Curve {
		if at.P99S != nil {
			all = append(all, *at.P99S)
		}
	}
	line, holds, broken := page.Series{}, page.Dots{Name: "holds", Colour: holdsColour}, page.Dots{Name: "does not hold", Colour: brokenColour, Cross: true}
	figures := &page.Table{Title: "Loads that were tried", Tail: 1, Head: []string{"requests/s", "p99", "holds"}}
	y, unit := p99Axis(all)
	low, high := b.HoldsRPS, b.HoldsRPS
	for _, at := range b.Curve {
		cells := []string{report.Digits(at.RPS), "more arrives than is served", map[bool]string{true: "yes", false: "no"}[at.Holds]}
		if at.P99S != nil {
			cells[1] = report.Span(*at.P99S)
			place, dots := [2]float64{at.RPS, *at.P99S / unit}, &broken
			if at.Holds {
				dots = &holds
			}
			line.Points = append(line.Points, place)
			dots.At, dots.Hints = append(dots.At, place), append(dots.Hints, fmt.Sprintf("%s requests/s: p99 %s", cells[0], cells[1]))
			low, high = min(low, at.RPS), max(high, at.RPS)
		}
		figures.Rows = append(figures.Rows, page.Row{Cells: cells})
	}
	if len(line.Points) < 2 {
		return nil
	}
	room := 0.05 * (high - low)
	c := &page.Chart{Title: "p99 as the load grows", X: page.Axis{Label: "requests/s", Low: max(low-room, 0), High: high + room}, Y: y, Levels: a.levels(unit, true), Figures: figures,
		Series: []page.Series{line}, Dots: drawn(holds, broken), Marks: []page.Mark{{X: b.HoldsRPS, Name: "holds up to " + report.Digits(b.HoldsRPS) + "/s"}}}
	c.Caption = fmt.Sprintf("The %d loads that were tried with the same random numbers; where more arrives than is served there is no p99.", len(b.Curve))
	return c
}

// drawn leaves out dots of which there is none.
func drawn(all ...page.Dots) []page.Dots {
	return slices.DeleteFunc(all, func(d page.Dots) bool { return len(d.At) == 0 })
}

// frontParts are the Pareto front as a picture, where there is more than a point, and as a table.
func (a *Answer) frontParts() (parts []page.Part) {
	if len(a.Pareto) == 0 {
		return nil
	}
	table := &page.Table{Title: "The front: nothing that was simulated is cheaper and as quick", Tail: 2, Head: []string{a.costUnit(), "p99", "holds", "what"}}
	for i := range a.Pareto {
		table.Rows = append(table.Rows, page.Row{Cells: a.pointCells(&a.Pareto[i])})
	}
	if a.Plan != nil && len(a.Plan.Settings) > 0 {
		table.Note = "Settings are given where they are not the plan's."
	}
	if len(a.Pareto) > 1 {
		parts = append(parts, a.frontChart())
	}
	return append(parts, table)
}

// frontChart draws cost against p99.
func (a *Answer) frontChart() *page.Chart {
	all := a.limits()
	for _, p := range a.Pareto {
		all = append(all, p.P99S)
	}
	y, unit := p99Axis(all)
	line, holds, broken := page.Series{Steps: true}, page.Dots{Name: "holds", Colour: holdsColour}, page.Dots{Name: "does not hold", Colour: brokenColour, Cross: true}
	c := &page.Chart{Title: "What a shorter p99 costs", X: page.Axis{Label: a.costUnit()}, Y: y, Levels: a.levels(unit, false)}
	for i := range a.Pareto {
		p, dots := &a.Pareto[i], &broken
		if p.Holds {
			dots = &holds
		}
		place := [2]float64{p.Cost, p.P99S / unit}
		line.Points = append(line.Points, place)
		dots.At, dots.Hints = append(dots.At, place), append(dots.Hints, strings.Join(a.pointCells(p), ", "))
		if a.isPlan(p) {
			c.Marks = []page.Mark{{X: p.Cost, Name: "the plan"}}
		}
	}
	c.Series, c.Dots = []page.Series{line}, drawn(holds, broken)
	c.Caption = fmt.Sprintf("From the cheapest on the left (%s) to the quickest on the right (%s).", report.Digits(a.Pareto[0].Cost), report.Span(a.Pareto[len(a.Pareto)-1].P99S))
	return c
}

// isPlan tells whether a point of the front is the plan.
func (a *Answer) isPlan(p *Point) bool {
	return a.Plan != nil && p.Machine == a.Plan.Machine && p.Servers == a.Plan.Servers && p.GPUs == a.Plan.GPUs && (p.Workers == nil || *p.Workers == *a.Plan.Units) && slices.Equal(p.Settings, a.Plan.Settings)
}

// priceParts say how far prices may move before another machine wins.
func (a *Answer) priceParts() (parts []page.Part) {
	if a.Prices == nil || a.Plan == nil {
		return nil
	}
	if r := a.Prices.RunnerUp; r != nil {
		text := fmt.Sprintf("The next machine is %d x %s at %s an hour", r.Servers, r.Machine, report.Money(r.PricePerHour, a.Currency))
		if a.Prices.MayRise != nil {
			text += fmt.Sprintf(": before it wins, %s may become %s dearer", a.Plan.Machine, report.Percent(*a.Prices.MayRise))
		}
		parts = append(parts, page.Text(text+"."))
	}
	if len(a.Prices.Others) == 0 {
		return parts
	}
	t := &page.Table{Title: "What the others would have to cost", Words: 1, Head: []string{"machine", "a server costs", "it wins below", "servers at least"}, Bars: "of its price",
		Note: "Prices are of one server an hour, in " + a.Currency + ". The bar is the part of its price at which a machine would win."}
	for _, o := range a.Prices.Others {
		t.Rows = append(t.Rows, page.Row{Cells: []string{o.Machine, report.Money(o.Price, a.Currency), report.Money(o.WinsBelow, a.Currency), fmt.Sprint(o.Servers)}, Bar: o.WinsBelow / o.Price})
	}
	return append(parts, t)
}
