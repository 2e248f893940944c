package check

import (
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"vsim/experiments/study/picture"
	"vsim/experiments/validate"
	"vsim/profile"
)

// colours of the kinds (ColorBrewer's Dark2).
var colours = map[string]color.RGBA{
	profile.KafkaAll: {0xd9, 0x5f, 0x02, 0xff}, profile.KafkaOne: {0xe6, 0xab, 0x02, 0xff}, profile.RedisList: {0x1b, 0x9e, 0x77, 0xff},
	profile.RedisStream: {0x75, 0x70, 0xb3, 0xff}, Fused: {0x33, 0x33, 0x33, 0xff},
}

// faces draws throughput when full, and latency at zero load, over the faces of a frame: lines are predicted, dots measured.
func (r *Report) faces(format string) ([]byte, error) {
	panels := []struct {
		title, axis, metric string
		band                profile.Band
		times               float64
	}{
		{"Throughput, full", "frames/s", validate.Throughput, profile.Saturated, 1},
		{"Latency of one client, mean", "ms", validate.LatencyMean, profile.ZeroLoad, 1e3},
		{"Latency when full, p99", "ms", validate.LatencyP99, profile.Saturated, 1e3},
	}
	var row []*plot.Plot
	for _, panel := range panels {
		p := plot.New()
		p.Title.Text, p.X.Label.Text, p.Y.Label.Text = panel.title, "faces of a frame", panel.axis
		p.Add(plotter.NewGrid())
		for _, kind := range Kinds {
			predicted, measured := r.curves(kind, panel.metric, panel.band, panel.times)
			if err := addCurves(p, kind, predicted, measured); err != nil {
				return nil, err
			}
		}
		p.Y.Min = 0
		p.Legend.Top = true
		p.Legend.Left = panel.metric != validate.Throughput
		row = append(row, p)
	}
	return picture.Row(format, row)
}

// curves are a metric of a kind over the faces of a frame, predicted and measured.
func (r *Report) curves(kind, metric string, band profile.Band, times float64) (predicted, measured plotter.XYs) {
	for _, row := range r.Report.Cases {
		c := r.of[row.Case]
		if c == nil || c.Kind != kind || row.Metric != metric || row.Band != band {
			continue
		}
		predicted = append(predicted, plotter.XY{X: float64(c.Faces), Y: times * row.Predicted})
		measured = append(measured, plotter.XY{X: float64(c.Faces), Y: times * row.Measured})
	}
	byX := func(a, b plotter.XY) int { return int(a.X - b.X) }
	slices.SortFunc(predicted, byX)
	slices.SortFunc(measured, byX)
	return predicted, measured
}

func addCurves(p *plot.Plot, kind string, predicted, measured plotter.XYs) error {
	if len(predicted) == 0 {
		return nil
	}
	line, err := plotter.NewLine(predicted)
	if err != nil {
		return err
	}
	dots, err := plotter.NewScatter(measured)
	if err != nil {
		return err
	}
	line.Color, dots.Color = colours[kind], colours[kind]
	dots.Shape, dots.Radius = draw.CircleGlyph{}, vg.Points(2.5)
	p.Add(line, dots)
	p.Legend.Add(kind, line, dots)
	return nil
}
