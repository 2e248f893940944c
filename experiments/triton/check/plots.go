package check

import (
	"cmp"
	"fmt"
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"vsim/experiments/study/picture"
	"vsim/experiments/validate"
)

// curve is a group of cases that the plots show.
type curve struct {
	group  string
	colour color.RGBA // ColorBrewer's Dark2
}

var curves = []curve{
	{all[0].name, color.RGBA{0x1b, 0x9e, 0x77, 0xff}}, {"two instances", color.RGBA{0xd9, 0x5f, 0x02, 0xff}}, {"JPEG", color.RGBA{0x75, 0x70, 0xb3, 0xff}},
}

// draw draws throughput and latency over clients, and latency over load: lines and rings are predicted, dots measured.
func (r *Report) draw(format string) ([]byte, error) {
	panels := []struct {
		title, x, y, metric string
		open                bool
		times               float64
	}{
		{"Throughput", "clients", "requests/s", validate.Throughput, false, 1},
		{"Latency p99", "clients", "ms", validate.LatencyP99, false, 1e3},
		{"Latency p99, Poisson", "load, part of capacity", "ms", validate.LatencyP99, true, 1e3},
	}
	var row []*plot.Plot
	for _, panel := range panels {
		p := plot.New()
		p.Title.Text, p.X.Label.Text, p.Y.Label.Text = panel.title, panel.x, panel.y
		p.Add(plotter.NewGrid())
		for _, c := range curves {
			predicted, measured := r.points(c.group, panel.metric, panel.open, panel.times)
			if err := c.add(p, predicted, measured); err != nil {
				return nil, err
			}
		}
		p.Y.Min, p.Y.Max = 0, roomForLegend*p.Y.Max
		if !panel.open {
			overClients(p)
		}
		p.Legend.Top, p.Legend.Left = true, panel.metric != validate.Throughput
		row = append(row, p)
	}
	return picture.Row(format, row)
}

// roomForLegend is above the highest point, over its height.
const roomForLegend = 1.3

// overClients has an axis on which numbers of clients double.
func overClients(p *plot.Plot) {
	var ticks plot.ConstantTicks
	for n := 1; n <= full; n *= 2 {
		ticks = append(ticks, plot.Tick{Value: float64(n), Label: fmt.Sprint(n)})
	}
	p.X.Scale, p.X.Tick.Marker, p.X.Min, p.X.Max = plot.LogScale{}, ticks, 0.9, 1.1*full
}

// points are a metric of a group over its clients or its load.
func (r *Report) points(group, metric string, open bool, times float64) (predicted, measured plotter.XYs) {
	for _, row := range r.Report.Cases {
		c := r.of[row.Case]
		if c == nil || c.Group != group || row.Metric != metric || c.open() != open {
			continue
		}
		x := float64(c.Clients)
		if open {
			x = c.Load
		}
		predicted = append(predicted, plotter.XY{X: x, Y: times * row.Predicted})
		measured = append(measured, plotter.XY{X: x, Y: times * row.Measured})
	}
	byX := func(a, b plotter.XY) int { return cmp.Compare(a.X, b.X) }
	slices.SortFunc(predicted, byX)
	slices.SortFunc(measured, byX)
	return predicted, measured
}

func (c *curve) add(p *plot.Plot, predicted, measured plotter.XYs) error {
	if len(predicted) == 0 {
		return nil
	}
	line, err := plotter.NewLine(predicted)
	if err != nil {
		return err
	}
	rings, err := plotter.NewScatter(predicted)
	if err != nil {
		return err
	}
	dots, err := plotter.NewScatter(measured)
	if err != nil {
		return err
	}
	line.Color, rings.Color, dots.Color = c.colour, c.colour, c.colour
	rings.Shape, rings.Radius = draw.RingGlyph{}, vg.Points(4)
	dots.Shape, dots.Radius = draw.CircleGlyph{}, vg.Points(2.5)
	p.Add(line, rings, dots)
	p.Legend.Add(c.group, line, dots)
	return nil
}
