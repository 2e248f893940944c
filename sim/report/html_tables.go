package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"vsim/sim/predict"
	"vsim/sim/report/page"
)

// headlineTable is throughput and latency with their intervals, and what one live run will show.
func headlineTable(p *predict.Prediction) *page.Table {
	t := &page.Table{Title: "Throughput and latency", Words: 1, Head: []string{"", "value", "95 % interval"}}
	_, one := oneRun(p)
	live := !math.IsNaN(one.ThroughputRPS.Low)
	if live {
		t.Head = append(t.Head, "one run of "+length(one))
	}
	row := func(name, value, interval, run string) {
		cells := []string{name, value, interval}
		if live {
			cells = append(cells, run)
		}
		t.Rows = append(t.Rows, page.Row{Cells: cells})
	}
	row("throughput", rate(p.ThroughputRPS.Value), rates(p.ThroughputRPS), fromTo(one.ThroughputRPS, 1, "/s"))
	if e := p.ItemsPerS; e != nil {
		row("in images", rate(e.Value), rates(*e), "")
	}
	if e := p.QueueGrowthRPS; e != nil {
		row("queue growth", rate(e.Value), rates(*e), "")
		return t
	}
	l, s := &p.LatencyS, &one.LatencyS
	for _, q := range []struct {
		name string
		e    predict.Estimate
		one  predict.Spread
	}{{"mean latency", l.Mean, s.Mean}, {"p50", l.P50, s.P50}, {"p90", l.P90, s.P90}, {"p95", l.P95, s.P95}, {"p99", l.P99, s.P99}, {"p99.9", l.P999, s.P999}} {
		u := unitFor(q.e.Value)
		row(q.name, span(q.e.Value), spans(q.e), fromTo(q.one, u.seconds, " "+u.name))
	}
	return t
}

// classesTable sets the kinds of requests side by side.
func classesTable(p *predict.Prediction) *page.Table {
	t := &page.Table{Title: "Classes of requests", Words: 1, Head: []string{"class", "throughput", "mean", "p50", "p99", "p99, 95 % interval"}}
	for _, c := range p.Classes {
		l := &c.LatencyS
		t.Rows = append(t.Rows, page.Row{Cells: []string{c.Name, rate(c.ThroughputRPS.Value), span(l.Mean.Value), span(l.P50.Value), span(l.P99.Value), spans(l.P99)}})
	}
	return t
}

// stagesTable is the table of stages and steps of the text.
func stagesTable(stages []predict.Stage) *page.Table {
	t := &page.Table{Title: "Stages and their steps, mean times a visit", Words: 2, Head: []string{"stage"}, Bars: "part of the latency", Note: within(stages)}
	all := rows(stages)
	var shown []int
	for i, c := range columns {
		if !c.optional || slices.ContainsFunc(all, func(r row) bool { return r.cells[i] != "" }) {
			shown = append(shown, i)
			t.Head = append(t.Head, c.title)
		}
	}
	for _, r := range all {
		name := strings.TrimPrefix(r.name, "  ")
		cells := []string{name}
		for _, i := range shown {
			cells = append(cells, r.cells[i])
		}
		t.Rows = append(t.Rows, page.Row{Cells: cells, Inner: name != r.name, Bar: r.share})
	}
	return t
}

func resourcesTable(resources []*predict.Resource) *page.Table {
	t := &page.Table{Title: "Resources", Words: 2, Head: []string{"resource", "kind", "busy", "95 % interval", "busiest copy"}, Bars: "busy"}
	several := slices.ContainsFunc(resources, func(r *predict.Resource) bool { return len(r.Copies) > 0 })
	if !several {
		t.Head = t.Head[:4]
	}
	for _, r := range resources {
		cells := []string{label(r), string(r.Type), percent(r.Utilization.Value), parts(r.Utilization)}
		if several {
			cells = append(cells, busiestCopy(r))
		}
		t.Rows = append(t.Rows, page.Row{Cells: cells, Bar: r.Utilization.Value})
	}
	return t
}

// busiestCopy says how busy the busiest copy is, "" where there is one alone.
func busiestCopy(r *predict.Resource) string {
	if len(r.Copies) == 0 {
		return ""
	}
	busy := 0.0
	for i := range r.Copies {
		busy = max(busy, r.Copies[i].Utilization.Value)
	}
	return percent(busy)
}

// whatHelps is what the changes that were tried would bring.
func whatHelps(p *predict.Prediction) []page.Part {
	if p.WhatIf == nil {
		return nil
	}
	title := "Changes that were simulated, that of the bottleneck first"
	if p.WhatIf.AtPeak {
		title += "; all numbers are of the peak"
	}
	t := &page.Table{Title: title, Words: 2, Head: []string{"with", "set by", "throughput", "mean latency", "p99"}}
	for _, c := range append([]predict.WhatIf{*p.WhatIf}, p.AlsoTried...) {
		cells := []string{c.Change, c.Key, change(c.ThroughputGain, 1), "-", "-"}
		if !math.IsNaN(c.LatencyGain.Value) {
			cells[3], cells[4] = change(c.LatencyGain, -1), change(c.P99Gain, -1)
		}
		t.Rows = append(t.Rows, page.Row{Cells: cells})
	}
	return []page.Part{t}
}

// energyTable is what a request takes on the devices whose power is known.
func energyTable(p *predict.Prediction) []page.Part {
	e := p.EnergyJ
	if e == nil {
		return nil
	}
	t := &page.Table{Title: "Energy of a request", Words: 1, Head: []string{"device", "energy", "95 % interval", "idle part"}}
	for _, d := range []struct {
		name        string
		joule, idle predict.Estimate
	}{{"CPU", e.CPU, e.CPUIdleShare}, {"GPU", e.GPU, e.GPUIdleShare}, {"other resources", e.Other, e.OtherIdleShare}} {
		if d.joule.Value > 0 { // not NaN
			t.Rows = append(t.Rows, page.Row{Cells: []string{d.name, digits(d.joule.Value) + " J", fmt.Sprintf("%s to %s J", digits(d.joule.Low), digits(d.joule.High)), percent(d.idle.Value)}})
		}
	}
	if t.Rows == nil {
		return nil
	}
	return []page.Part{t}
}
