package sweep

import (
	"bytes"
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"vsim/experiments/study"
)

// The names of plots without their endings, and the endings.
const (
	linesName = "lines"
	heatName  = "heatmap"
)

var endings = []string{".svg", ".png"}

func plotNames() (out []string) {
	for _, name := range []string{linesName, heatName} {
		for _, ending := range endings {
			out = append(out, name+ending)
		}
	}
	return out
}

// drawing is a plot as a file.
type drawing struct {
	name string
	data []byte
}

// picture is panels side by side or one below the other, and what their colours mean on the right.
type picture struct {
	panels        [][]*plot.Plot
	width, height vg.Length // of the panels
	legend        plot.Legend
	explained     bool // there is a legend
}

// plotsOf draws what can be drawn of the rows, and says why the rest cannot.
func plotsOf(axes []study.Axis, zip bool, rows []*Row) (files []drawing, notes []string, err error) {
	for _, kind := range []struct {
		name string
		of   func([]study.Axis, bool, []*Row) (p *picture, why string, err error)
	}{{linesName, linesOf}, {heatName, heatOf}} {
		p, why, err := kind.of(axes, zip, rows)
		if err != nil {
			return nil, nil, err
		}
		if p == nil {
			if why != "" {
				notes = append(notes, fmt.Sprintf("no %s.svg: %s", kind.name, why))
			}
			continue
		}
		for _, ending := range endings {
			data, err := p.drawn(ending)
			if err != nil {
				return nil, nil, err
			}
			files = append(files, drawing{kind.name + ending, data})
		}
	}
	return files, notes, nil
}

// dotsPerInch of PNG files.
const dotsPerInch = 144

// drawn makes the file of a picture, dark on white wherever it is shown.
func (p *picture) drawn(ending string) ([]byte, error) {
	const margin = 3 * vg.Millimeter
	legendWidth, height := vg.Length(0), p.height
	if p.explained {
		size := p.legend.Rectangle(draw.New(vgsvg.New(p.width, p.height))).Size()
		legendWidth = size.X + 2*margin
		height = max(height, size.Y+4*margin)
	}
	canvas, write := newCanvas(ending, p.width+legendWidth, height)
	all := draw.New(canvas)
	all.FillPolygon(color.White, []vg.Point{all.Min, {X: all.Max.X, Y: all.Min.Y}, all.Max, {X: all.Min.X, Y: all.Max.Y}})
	tiles := draw.Tiles{Rows: len(p.panels), Cols: len(p.panels[0]), PadX: 2 * margin, PadY: 2 * margin, PadTop: margin, PadBottom: margin, PadLeft: margin, PadRight: margin}
	for i, row := range plot.Align(p.panels, tiles, draw.Crop(all, 0, -legendWidth, height-p.height, 0)) {
		for k, place := range row {
			p.panels[i][k].Draw(place)
		}
	}
	if p.explained {
		p.legend.Draw(draw.Crop(all, p.width+margin, 0, 0, -2*margin))
	}
	var b bytes.Buffer
	_, err := write.WriteTo(&b)
	return b.Bytes(), err
}

func newCanvas(ending string, width, height vg.Length) (vg.CanvasSizer, vg.CanvasWriterTo) {
	if ending == ".png" {
		c := vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(dotsPerInch))}
		return c, c
	}
	c := vgsvg.New(width, height)
	return c, c
}

// newLegend is one for the right of a picture.
func newLegend() plot.Legend {
	l := plot.NewLegend()
	l.Top, l.Left, l.Padding = true, true, vg.Millimeter
	l.TextStyle.Font.Size = vg.Points(9)
	return l
}

// shortened keeps names in a legend from taking the whole picture.
func shortened(name string) string {
	const most = 40
	if runes := []rune(name); len(runes) > most {
		return string(runes[:most-3]) + "..."
	}
	return name
}

// quantity is a number of rows as it is drawn.
type quantity struct {
	metric int
	label  string
	times  float64 // units of the plot that are one unit of the row
}

// quantities are what plots show: the throughput, and the tail of the latency.
func quantities(rows []*Row) []quantity {
	var tails []float64
	for _, r := range rows {
		tails = append(tails, r.Numbers[p99].Value)
	}
	unit, times := timeUnit(tails)
	return []quantity{{throughput, "throughput, requests/s", 1}, {p99, "99th percentile of latency, " + unit, times}}
}

func known(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
