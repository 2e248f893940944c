package study

import (
	"fmt"
	"image/color"
	"io"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"vsim/sim"
	"vsim/sim/report"
)

// Bar is a number with its interval, under a name.
type Bar struct {
	Name string
	sim.Estimate
}

var (
	raised  = color.RGBA{R: 0x1f, G: 0x77, B: 0xb4, A: 0xff}
	lowered = color.RGBA{R: 0xd6, G: 0x27, B: 0x28, A: 0xff}
)

// Bars draws bars below each other, the first on top, with their 95 % intervals, in one of report.PlotFormats.
func Bars(w io.Writer, title, axis string, bars []Bar, format string) error {
	if !slices.Contains(report.PlotFormats, format) {
		return fmt.Errorf("study: cannot draw %q; the formats are %s", format, strings.Join(report.PlotFormats, ", "))
	}
	p, err := barPlot(title, axis, bars)
	if err != nil {
		return fmt.Errorf("study: %w", err)
	}
	canvas, err := draw.NewFormattedCanvas(18*vg.Centimeter, vg.Length(len(bars)+4)*0.8*vg.Centimeter, format)
	if err != nil {
		return fmt.Errorf("study: %w", err)
	}
	p.Draw(draw.Crop(draw.New(canvas), 2*vg.Millimeter, -5*vg.Millimeter, vg.Millimeter, -vg.Millimeter))
	_, err = canvas.WriteTo(w)
	return err
}

// barPlot has bars of two colours, above and below 0.
func barPlot(title, axis string, bars []Bar) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text, p.X.Label.Text = title, axis
	p.Add(plotter.NewGrid())
	if len(bars) == 0 {
		return p, nil
	}
	up, down := make(plotter.Values, len(bars)), make(plotter.Values, len(bars))
	var names []string
	var ends intervals
	for i, b := range slices.Backward(bars) {
		y := len(bars) - 1 - i
		if b.Value > 0 {
			up[y] = b.Value
		} else {
			down[y] = b.Value
		}
		names = append(names, b.Name)
		ends.XYs = append(ends.XYs, plotter.XY{X: b.Value, Y: float64(y)})
		ends.XErrors = append(ends.XErrors, struct{ Low, High float64 }{b.Low - b.Value, b.High - b.Value})
	}
	for _, half := range []struct {
		values plotter.Values
		color  color.Color
	}{{up, raised}, {down, lowered}} {
		chart, err := plotter.NewBarChart(half.values, vg.Points(12))
		if err != nil {
			return nil, err
		}
		chart.Horizontal, chart.Color, chart.LineStyle.Width = true, half.color, 0
		p.Add(chart)
	}
	whiskers, err := plotter.NewXErrorBars(ends)
	if err != nil {
		return nil, err
	}
	p.Add(whiskers)
	p.NominalY(names...)
	p.Y.Min, p.Y.Max = -0.5, float64(len(bars))-0.5
	return p, nil
}

// intervals are points with the ends of their intervals beside them.
type intervals struct {
	plotter.XYs
	plotter.XErrors
}
