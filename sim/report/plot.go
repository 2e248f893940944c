package report

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"vsim/sim/predict"
)

// PlotFormats are the formats that Plot can write.
var PlotFormats = []string{"svg", "png", "pdf"}

const (
	plotWidth  = 16 * vg.Centimeter
	plotHeight = 18 * vg.Centimeter
	cdfPoints  = 500
	lastDrawn  = 0.999 // quantile at which the distribution is cut off
)

var ink = color.RGBA{R: 0x1f, G: 0x77, B: 0xb4, A: 0xff}

// Plot draws a prediction: the distribution function of the latency, and below it where a request's time
// goes. Without a steady state there is no latency to draw, and the lower plot shows service times.
func Plot(w io.Writer, p *predict.Prediction, format string) error {
	if !slices.Contains(PlotFormats, format) {
		return fmt.Errorf("report: cannot draw %q; the formats are %s", format, strings.Join(PlotFormats, ", "))
	}
	canvas, err := draw.NewFormattedCanvas(plotWidth, plotHeight, format)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	breakdown, err := breakdownPlot(p)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	rows := [][]*plot.Plot{{breakdown}}
	if p.Verdict != predict.Overloaded && p.Latencies != nil && p.Latencies.Count() > 0 {
		distribution, err := distributionPlot(p)
		if err != nil {
			return fmt.Errorf("report: %w", err)
		}
		rows = [][]*plot.Plot{{distribution}, {breakdown}}
	}
	tiles := draw.Tiles{Rows: len(rows), Cols: 1, PadY: vg.Centimeter, PadTop: vg.Millimeter, PadBottom: vg.Millimeter, PadLeft: 2 * vg.Millimeter, PadRight: 5 * vg.Millimeter}
	for i, row := range plot.Align(rows, tiles, draw.New(canvas)) {
		rows[i][0].Draw(row[0])
	}
	_, err = canvas.WriteTo(w)
	return err
}

// distributionPlot is the part of the requests whose latency is at most x.
func distributionPlot(p *predict.Prediction) (*plot.Plot, error) {
	unit := unitFor(p.LatencyS.P50.Value)
	points := make(plotter.XYs, cdfPoints+1)
	for i := range points {
		part := lastDrawn * float64(i) / cdfPoints
		points[i] = plotter.XY{X: float64(p.Latencies.Quantile(part)) * 1e-9 / unit.seconds, Y: part}
	}
	line, err := plotter.NewLine(points)
	if err != nil {
		return nil, err
	}
	line.Color, line.Width = ink, vg.Points(1.5)
	out := plot.New()
	out.Title.Text = fmt.Sprintf("%s, p50 %s, p99 %s", rate(p.ThroughputRPS.Value), span(p.LatencyS.P50.Value), span(p.LatencyS.P99.Value))
	out.X.Label.Text = fmt.Sprintf("latency, %s (up to p99.9)", unit.name)
	out.Y.Label.Text = "part of the requests"
	out.X.Min, out.Y.Max = 0, 1
	out.Add(plotter.NewGrid(), line)
	return out, nil
}

// breakdownPlot has a bar for every stage's time, the first stage on top.
func breakdownPlot(p *predict.Prediction) (*plot.Plot, error) {
	var times []float64
	var names []string
	shown := predict.Prediction{Stages: seen(p.Stages)}
	for _, part := range slices.Backward(shown.Parts()) {
		if math.IsNaN(part.MeanS) {
			part.MeanS = 0
		}
		times, names = append(times, part.MeanS), append(names, part.Name)
	}
	longest := 0.0
	if len(times) > 0 {
		longest = slices.Max(times)
	}
	unit := unitFor(longest)
	for i := range times {
		times[i] /= unit.seconds
	}
	out := plot.New()
	out.X.Label.Text = "time of a visit, " + unit.name
	if p.Verdict == predict.Overloaded {
		out.Title.Text = "overloaded: service times; the waits grow without bound"
	}
	if len(times) == 0 {
		return out, nil
	}
	bars, err := plotter.NewBarChart(plotter.Values(times), vg.Points(12))
	if err != nil {
		return nil, err
	}
	bars.Horizontal, bars.Color, bars.LineStyle.Width = true, ink, 0
	out.Add(bars)
	out.NominalY(names...)
	out.X.Min, out.X.Max = 0, 1.02*out.X.Max
	return out, nil
}
