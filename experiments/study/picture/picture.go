// Package picture draws panels with a legend beside them, as SVG and PNG, for all experiments.
package picture

import (
	"bytes"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Endings are those of the files that a picture is written to.
var Endings = []string{".svg", ".png"}

// Picture is panels side by side or one below the other, and what their colours mean on the right.
type Picture struct {
	Panels        [][]*plot.Plot
	Width, Height vg.Length // of the panels
	Legend        plot.Legend
	Explained     bool // there is a legend
}

// dotsPerInch of PNG files.
const dotsPerInch = 144

// Drawn makes the file of a picture, dark on white wherever it is shown.
func (p *Picture) Drawn(ending string) ([]byte, error) {
	const margin = 3 * vg.Millimeter
	legendWidth, height := vg.Length(0), p.Height
	if p.Explained {
		size := p.Legend.Rectangle(draw.New(vgsvg.New(p.Width, p.Height))).Size()
		legendWidth = size.X + 2*margin
		height = max(height, size.Y+4*margin)
	}
	canvas, write := newCanvas(ending, p.Width+legendWidth, height)
	all := draw.New(canvas)
	all.FillPolygon(color.White, []vg.Point{all.Min, {X: all.Max.X, Y: all.Min.Y}, all.Max, {X: all.Min.X, Y: all.Max.Y}})
	tiles := draw.Tiles{Rows: len(p.Panels), Cols: len(p.Panels[0]), PadX: 2 * margin, PadY: 2 * margin, PadTop: margin, PadBottom: margin, PadLeft: margin, PadRight: margin}
	for i, row := range plot.Align(p.Panels, tiles, draw.Crop(all, 0, -legendWidth, height-p.Height, 0)) {
		for k, place := range row {
			p.Panels[i][k].Draw(place)
		}
	}
	if p.Explained {
		p.Legend.Draw(draw.Crop(all, p.Width+margin, 0, 0, -2*margin))
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

// NewLegend is one for the right of a picture.
func NewLegend() plot.Legend {
	l := plot.NewLegend()
	l.Top, l.Left, l.Padding = true, true, vg.Millimeter
	l.TextStyle.Font.Size = vg.Points(9)
	return l
}

// Shortened keeps names in a legend from taking the whole picture.
func Shortened(name string) string {
	const most = 40
	if runes := []rune(name); len(runes) > most {
		return string(runes[:most-3]) + "..."
	}
	return name
}
