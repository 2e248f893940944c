package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"vsim/sim/engine/stats"
	"vsim/sim/predict"
	"vsim/sim/report/page"
)

const (
	most       = 48 // columns of the histogram of latencies
	fewest     = 8
	curve      = 120  // points of a distribution function
	linesDrawn = 5    // resources that are drawn over time
	flat       = 0.02 // relative width that a histogram has at least
)

// latencyPictures are the distribution of latencies, as a histogram and summed up; nil where there is none.
func latencyPictures(p *predict.Prediction) page.Part {
	if p.Verdict == predict.Overloaded || p.Latencies == nil || p.Latencies.Count() == 0 {
		return nil
	}
	return page.Beside{latencyHistogram(p), latencyFunction(p)}
}

// marks are p50, p95 and p99 in a unit.
func marks(p *predict.Prediction, unit timeUnit) (out []page.Mark) {
	for _, q := range []struct {
		name string
		e    predict.Estimate
	}{{"p50", p.LatencyS.P50}, {"p95", p.LatencyS.P95}, {"p99", p.LatencyS.P99}} {
		if !math.IsNaN(q.e.Value) {
			out = append(out, page.Mark{X: q.e.Value / unit.seconds, Name: q.name + " " + span(q.e.Value)})
		}
	}
	return out
}

// latencyRange is from the least latency to the last that is drawn, ns.
func latencyRange(p *predict.Prediction) (low, high float64) {
	h := p.Latencies
	low, high = float64(h.Min()), float64(max(h.Quantile(lastDrawn), int64(or0(p.LatencyS.P99.Value)*1e9)))
	if least := max(flat*high, 1); high-low < least {
		low, high = low-least/2, high+least/2
	}
	return low, high
}

// latencyAxis is the axis of both pictures.
func latencyAxis(p *predict.Prediction, unit timeUnit) page.Axis {
	low, high := latencyRange(p)
	perUnit := 1e9 * unit.seconds
	return page.Axis{Label: "latency, " + unit.name, Low: max(low-0.02*(high-low), 0) / perUnit, High: high / perUnit}
}

// columnsFor is how many columns a range of ns is cut into: none is narrower than what the histogram tells apart.
func columnsFor(h *stats.Histogram, span float64) int {
	apart := 2 * float64(h.Precision(h.Quantile(lastDrawn)))
	return int(min(max(span/max(apart, 1), fewest), most))
}

// latencyHistogram has the part of the requests in each stretch of latencies, up to the last quantile that is drawn.
func latencyHistogram(p *predict.Prediction) *page.Chart {
	h := p.Latencies
	unit := unitFor(p.LatencyS.P50.Value)
	low, high := latencyRange(p)
	c := &page.Chart{Title: "How long requests take", X: latencyAxis(p, unit), Y: page.Axis{Label: "% of the requests"}, Marks: marks(p, unit)}
	inUnit := func(ns float64) float64 { return ns * 1e-9 / unit.seconds }
	below, bins := 0.0, columnsFor(h, high-low)
	for i := range bins {
		from, to := low+(high-low)*float64(i)/float64(bins), low+(high-low)*float64(i+1)/float64(bins)
		upTo := h.Below(int64(to))
		c.Columns = append(c.Columns, page.Column{From: inUnit(from), To: inUnit(to), Height: 100 * (upTo - below) / float64(h.Count())})
		below = upTo
	}
	c.Caption = fmt.Sprintf("The middle request takes %s, one in twenty more than %s, one in a hundred more than %s. The slowest 0.1 %% are not drawn.",
		span(p.LatencyS.P50.Value), span(p.LatencyS.P95.Value), span(p.LatencyS.P99.Value))
	return c
}

// latencyFunction is the part of the requests that take at most so long.
func latencyFunction(p *predict.Prediction) *page.Chart {
	unit := unitFor(p.LatencyS.P50.Value)
	line := page.Series{Name: "requests"}
	figures := &page.Table{Title: "Distribution of the latency", Head: []string{"% of the requests", "take at most"}}
	for i := range curve + 1 {
		part := lastDrawn * float64(i) / curve
		line.Points = append(line.Points, [2]float64{float64(p.Latencies.Quantile(part)) * 1e-9 / unit.seconds, 100 * part})
	}
	for _, percent := range []float64{1, 5, 10, 25, 50, 75, 90, 95, 99, 99.9} {
		figures.Rows = append(figures.Rows, page.Row{Cells: []string{fmt.Sprint(percent), span(float64(p.Latencies.Quantile(percent/100)) * 1e-9)}})
	}
	c := &page.Chart{Title: "How many requests are done in time", X: latencyAxis(p, unit), Y: page.Axis{Label: "% of the requests", High: 100},
		Series: []page.Series{line}, Marks: marks(p, unit), Figures: figures}
	c.Caption = fmt.Sprintf("Half of the requests are done within %s, 95 %% within %s, 99 %% within %s.", span(p.LatencyS.P50.Value), span(p.LatencyS.P95.Value), span(p.LatencyS.P99.Value))
	return c
}

// partsOfTime are what a request's time in a stage consists of.
var partsOfTime = []string{"waiting for a fuller batch", "waiting for a worker", "waiting for a resource", "served, as if alone", "added by others"}

// timeParts are the parts of a visit of a stage, in seconds. Without a steady state there are no waits.
func timeParts(s *predict.Stage) []float64 {
	var line, alone, sharing float64
	for i := range s.Steps {
		line += or0(s.Steps[i].WaitS.Value)
		alone += or0(s.Steps[i].AloneS.Value)
		sharing += or0(s.Steps[i].SharingS.Value)
	}
	fill := or0(s.Queue.FillS.Value)
	return []float64{fill, max(or0(s.Queue.WaitS.Value)-fill, 0), line, alone, max(sharing, 0)}
}

// or0 is a number, 0 where there is none.
func or0(x float64) float64 {
	if math.IsNaN(x) {
		return 0
	}
	return x
}

// stagesPicture has a bar for each stage.
func stagesPicture(p *predict.Prediction, stages []predict.Stage) *page.Stacks {
	out := &page.Stacks{Title: "Mean time of a visit at each stage", Parts: partsOfTime}
	var said []string
	for i := range stages {
		values := timeParts(&stages[i])
		row := page.Stack{Name: stages[i].Name, Values: values}
		sum := 0.0
		for _, v := range values {
			sum += v
			row.Hints = append(row.Hints, span(v))
		}
		row.Value = span(sum)
		if visits := often(stages[i].Visits.Value); visits != "" {
			row.Name += ", " + visits + " visits a request"
		}
		said = append(said, fmt.Sprintf("%s %s", stages[i].Name, span(sum)))
		out.Rows = append(out.Rows, row)
	}
	out.Caption = "In all: " + strings.Join(said, ", ") + "."
	if p.Verdict == predict.Overloaded {
		out.Caption += " Service alone is drawn: waits grow without bound."
	}
	out.Figures = stacksTable(out)
	return out
}

// stacksTable writes what a picture of stacks shows.
func stacksTable(s *page.Stacks) *page.Table {
	t := &page.Table{Title: s.Title, Words: 1, Head: append(append([]string{"stage"}, s.Parts...), "in all")}
	for _, r := range s.Rows {
		t.Rows = append(t.Rows, page.Row{Cells: append(append([]string{r.Name}, r.Hints...), r.Value)})
	}
	return t
}

// historyPictures are the busy resources and the requests inside over simulated time, of one replication or a cycle of the traffic.
func historyPictures(p *predict.Prediction) page.Part {
	h := p.History
	if h == nil || h.Blocks() < 2 {
		return nil
	}
	unit := clockUnit(h.BlockS * float64(h.Blocks()))
	busy := &page.Chart{Title: "Busy resources over time", Y: page.Axis{Label: "% busy", High: 100}}
	for _, i := range busiest(p) {
		busy.Series = append(busy.Series, series(label(&p.Resources[i]), h, unit, h.Busy[i], 100))
	}
	inside := &page.Chart{Title: "Requests inside over time", Y: page.Axis{Label: "requests, mean of each stretch"}, Series: []page.Series{series("requests inside", h, unit, h.Inside, 1)}}
	all := page.Beside{busy, inside}
	if len(busy.Series) == 0 {
		all = all[1:]
	}
	return overTime(p, unit, all)
}

// clockPictures are latency and load over simulated time, of traffic that follows a clock; nil of other traffic.
func clockPictures(p *predict.Prediction) page.Part {
	if len(p.Series) < 2 {
		return nil
	}
	h := p.History
	unit := clockUnit(h.BlockS * float64(h.Blocks()))
	in := unitFor(slices.MaxFunc(h.LatencyMeanS, cmp.Compare[float64]))
	latency := &page.Chart{Title: "Latency over time", Y: page.Axis{Label: "latency, " + in.name, Log: true},
		Series: []page.Series{series("p99", h, unit, h.LatencyP99S, 1/in.seconds), series("mean", h, unit, h.LatencyMeanS, 1/in.seconds)}}
	load := &page.Chart{Title: "Load over time", Y: page.Axis{Label: "requests/s"},
		Series: []page.Series{series("arriving", h, unit, h.OfferedRPS, 1), series("served", h, unit, h.ThroughputRPS, 1)}}
	return overTime(p, unit, page.Beside{latency, load})
}

// overTime gives pictures of the prediction's history their time and captions.
func overTime(p *predict.Prediction, unit timeUnit, all page.Beside) page.Part {
	h := p.History
	for _, part := range all {
		c := part.(*page.Chart)
		c.X = page.Axis{Label: "simulated time, " + unit.name, High: h.BlockS * float64(h.Blocks()) / unit.seconds}
		c.Caption = fmt.Sprintf("One of the %d replications, in stretches of %s.", p.Run.Replications, span(h.BlockS))
		if h.Cycle {
			c.Caption = fmt.Sprintf("All of the time after which the traffic repeats itself, in stretches of %s.", span(h.BlockS))
		}
		if h.Warmup > 0 {
			c.Shade = &page.Shade{To: h.BlockS * float64(h.Warmup) / unit.seconds, Name: "warm-up"}
			c.Caption += " The shaded beginning is left out of all figures."
		}
		c.Figures = historyTable(c, unit)
	}
	return all
}

// busiest are the numbers of the resources that are drawn over time, in their order.
func busiest(p *predict.Prediction) (out []int) {
	shown := listed(p)
	for i := range p.Resources {
		if slices.Contains(shown, &p.Resources[i]) && i < len(p.History.Busy) {
			out = append(out, i)
		}
	}
	slices.SortStableFunc(out, func(a, b int) int {
		return cmp.Compare(p.Resources[b].Utilization.Value, p.Resources[a].Utilization.Value)
	})
	return out[:min(len(out), linesDrawn)]
}

// series draws a number of each block.
func series(name string, h *predict.History, unit timeUnit, values []float64, scale float64) page.Series {
	s := page.Series{Name: name, Steps: true}
	for i := range h.Blocks() {
		s.Points = append(s.Points, [2]float64{h.BlockS * float64(i) / unit.seconds, scale * values[i]})
	}
	last := s.Points[len(s.Points)-1]
	s.Points = append(s.Points, [2]float64{h.BlockS * float64(h.Blocks()) / unit.seconds, last[1]})
	return s
}

// historyTable writes what a picture over time shows.
func historyTable(c *page.Chart, unit timeUnit) *page.Table {
	t := &page.Table{Title: c.Title, Head: []string{"from, " + unit.name}}
	for _, s := range c.Series {
		t.Head = append(t.Head, s.Name)
	}
	n := len(c.Series[0].Points) - 1
	for i := range n {
		cells := []string{digits(c.Series[0].Points[i][0])}
		for _, s := range c.Series {
			if v := s.Points[i][1]; math.IsNaN(v) {
				cells = append(cells, "-")
			} else {
				cells = append(cells, digits(v))
			}
		}
		t.Rows = append(t.Rows, page.Row{Cells: cells})
	}
	return t
}
