package validate

import (
	"bytes"
	"fmt"
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"vsim/profile"
)

// scattered are the metrics that the scatter plot has a panel of.
var scattered = []string{throughput, latencyMean, latencyP50, latencyP99}

// bandColours go from blue at zero load to red at saturation (ColorBrewer's RdYlBu with 7 classes, its middle darker).
var bandColours = map[profile.Band]color.RGBA{
	profile.ZeroLoad: {0x45, 0x75, 0xb4, 0xff}, profile.Load30: {0x74, 0xad, 0xd1, 0xff}, profile.Load60: {0x5a, 0xae, 0x61, 0xff},
	profile.Load80: {0xc9, 0xa2, 0x27, 0xff}, profile.Load90: {0xfd, 0x8d, 0x3c, 0xff}, profile.Load95: {0xe3, 0x1a, 0x1c, 0xff},
	profile.Saturated: {0x80, 0x00, 0x26, 0xff},
}

// scatter draws what was measured over what was predicted, a panel for each metric, with the 95 % intervals: a point on the
// diagonal was predicted exactly.
func (r *Report) scatter() ([]byte, error) {
	var panels [2][2]*plot.Plot
	for i, metric := range scattered {
		p, err := r.panel(metric)
		if err != nil {
			return nil, err
		}
		panels[i/2][i%2] = p
	}
	return drawn(24*vg.Centimeter, 22*vg.Centimeter, [][]*plot.Plot{panels[0][:], panels[1][:]})
}

// unitOf is that of a metric in plots, and how many of it are one.
func unitOf(metric string) (name string, times float64) {
	if metric == throughput {
		return "requests/s", 1
	}
	return "ms", 1e3
}

// panel is the plot of one metric.
func (r *Report) panel(metric string) (*plot.Plot, error) {
	unit, times := unitOf(metric)
	p := plot.New()
	p.Title.Text = plain(metric)
	p.X.Label.Text, p.Y.Label.Text = "measured, "+unit, "predicted, "+unit
	p.Add(plotter.NewGrid())
	low, high := math.Inf(1), 0.0
	for _, b := range bands {
		points := intervals{}
		for _, row := range r.Cases {
			if row.Metric != metric || row.Band != b || !(row.Measured > 0 && row.Predicted > 0) {
				continue
			}
			least, most := row.Predicted, row.Predicted
			if row.judged() {
				least, most = max(row.Interval95[0], row.Predicted/10), row.Interval95[1]
			}
			points.XYs = append(points.XYs, plotter.XY{X: times * row.Measured, Y: times * row.Predicted})
			points.YErrors = append(points.YErrors, struct{ Low, High float64 }{times * max(row.Predicted-least, 0), times * max(most-row.Predicted, 0)})
			low, high = min(low, times*least, times*row.Measured), max(high, times*most, times*row.Measured)
		}
		if err := points.add(p, b); err != nil {
			return nil, err
		}
	}
	if high == 0 {
		return p, nil
	}
	low, high = low/1.2, high*1.2
	diagonal, err := plotter.NewLine(plotter.XYs{{X: low, Y: low}, {X: high, Y: high}})
	if err != nil {
		return nil, err
	}
	diagonal.Color, diagonal.Dashes = color.Gray{0x80}, []vg.Length{vg.Points(3), vg.Points(3)}
	p.Add(diagonal)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = low, high, low, high
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = logTicks{}, logTicks{}
	p.Legend.Top, p.Legend.Left = true, true
	return p, nil
}

// logTicks are those of a logarithmic scale. Where fewer than three are powers of ten, others have their numbers too.
type logTicks struct{}

func (logTicks) Ticks(low, high float64) []plot.Tick {
	ticks := plot.LogTicks{Prec: -1}.Ticks(low, high)
	inside := func(t plot.Tick) bool { return t.Value >= low && t.Value <= high }
	labelled := 0
	for _, t := range ticks {
		if t.Label != "" && inside(t) {
			labelled++
		}
	}
	for i, t := range ticks {
		digit := math.Round(t.Value / math.Pow(10, math.Floor(math.Log10(t.Value)*(1+1e-12))))
		if labelled < 3 && (digit == 2 || digit == 5 || digit > 1 && digit < 10 && high < 5*low) {
			ticks[i].Label = strconv.FormatFloat(t.Value, 'g', 3, 64)
		}
	}
	return ticks
}

// intervals are points with their intervals.
type intervals struct {
	plotter.XYs
	plotter.YErrors
}

// add draws them in the colour of their band.
func (i intervals) add(p *plot.Plot, b profile.Band) error {
	if len(i.XYs) == 0 {
		return nil
	}
	bars, err := plotter.NewYErrorBars(i)
	if err != nil {
		return err
	}
	dots, err := plotter.NewScatter(i.XYs)
	if err != nil {
		return err
	}
	bars.Color, bars.CapWidth = bandColours[b], vg.Points(3)
	dots.Color, dots.Shape, dots.Radius = bandColours[b], draw.CircleGlyph{}, vg.Points(2.2)
	p.Add(bars, dots)
	p.Legend.Add(string(b), dots)
	return nil
}

// coveragePlot draws how many measurements of each band lie in their 95 % interval, beside the nominal 95 %.
func (r *Report) coveragePlot() ([]byte, error) {
	p := plot.New()
	p.Title.Text = "Measurements within their 95 % interval"
	p.X.Label.Text, p.Y.Label.Text = "band of load (judged)", "inside, %"
	var values plotter.Values
	var names []string
	for _, b := range r.Summary.ByBand {
		if b.Judged > 0 {
			values, names = append(values, 100*b.Coverage95), append(names, fmt.Sprintf("%s (%d)", b.Band, b.Judged))
		}
	}
	if len(values) > 0 {
		bars, err := plotter.NewBarChart(values, vg.Points(24))
		if err != nil {
			return nil, err
		}
		bars.Color, bars.LineStyle.Width = bandColours[profile.Load30], 0
		p.Add(bars)
		p.NominalX(names...)
	}
	nominal, err := plotter.NewLine(plotter.XYs{{X: -0.5, Y: 95}, {X: max(float64(len(values)), 1) - 0.5, Y: 95}})
	if err != nil {
		return nil, err
	}
	nominal.Color, nominal.Dashes = bandColours[profile.Load95], []vg.Length{vg.Points(4), vg.Points(3)}
	p.Add(nominal)
	p.Legend.Add("nominal", nominal)
	p.Y.Min, p.Y.Max = 0, 110
	p.Y.Tick.Marker = plot.ConstantTicks{{Value: 0, Label: "0"}, {Value: 25, Label: "25"}, {Value: 50, Label: "50"}, {Value: 75, Label: "75"}, {Value: 95, Label: "95"}}
	return drawn(20*vg.Centimeter, 9*vg.Centimeter, [][]*plot.Plot{{p}})
}

// drawn is plots side by side as SVG.
func drawn(width, height vg.Length, plots [][]*plot.Plot) ([]byte, error) {
	canvas, err := draw.NewFormattedCanvas(width, height, "svg")
	if err != nil {
		return nil, err
	}
	tiles := draw.Tiles{Rows: len(plots), Cols: len(plots[0]), PadX: 5 * vg.Millimeter, PadY: 5 * vg.Millimeter,
		PadTop: 2 * vg.Millimeter, PadBottom: 2 * vg.Millimeter, PadLeft: 2 * vg.Millimeter, PadRight: 5 * vg.Millimeter}
	for i, row := range plot.Align(plots, tiles, draw.New(canvas)) {
		for j, place := range row {
			plots[i][j].Draw(place)
		}
	}
	var b bytes.Buffer
	_, err = canvas.WriteTo(&b)
	return b.Bytes(), err
}
