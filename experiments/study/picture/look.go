package picture

import (
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Colours can be told apart by the colour-blind too (Okabe and Ito 2008, Color Universal Design).
var Colours = []color.RGBA{{0x00, 0x72, 0xb2, 0xff}, {0xd5, 0x5e, 0x00, 0xff}, {0x00, 0x9e, 0x73, 0xff}, {0xcc, 0x79, 0xa7, 0xff},
	{0xe6, 0x9f, 0x00, 0xff}, {0x56, 0xb4, 0xe9, 0xff}, {0x00, 0x00, 0x00, 0xff}, {0x8c, 0x6d, 0x31, 0xff}}

// Line is how the i-th line is drawn: each colour whole, then dashed.
func Line(i int) draw.LineStyle {
	out := draw.LineStyle{Color: Colours[i%len(Colours)], Width: vg.Points(1.5)}
	if i >= len(Colours) {
		out.Dashes = []vg.Length{vg.Points(4), vg.Points(3)}
	}
	return out
}

// Swatch is a colour in a legend.
type Swatch struct{ color.Color }

// Thumbnail fills the room for it.
func (s Swatch) Thumbnail(c *draw.Canvas) {
	c.FillPolygon(s.Color, []vg.Point{c.Min, {X: c.Max.X, Y: c.Min.Y}, c.Max, {X: c.Min.X, Y: c.Max.Y}})
}
