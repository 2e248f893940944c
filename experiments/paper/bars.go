package paper

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// bars are those of one series over categories, whose widths follow the picture's (those of plotter.BarChart are fixed lengths),
// with whiskers for intervals.
type bars struct {
	series        *Series
	base          []float64 // where each bar begins
	width, offset float64   // in categories; of the middle of the bar from that of its category
	colour        color.Color
	ring          draw.GlyphStyle // of what was measured
}

// Plot draws them.
func (b *bars) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	whisker := draw.LineStyle{Color: color.Black, Width: vg.Points(0.7)}
	for k, value := range b.series.Y {
		if !known(value) || b.base[k]+value <= 0 && p.Y.Min > 0 {
			continue
		}
		middle := float64(k) + b.offset
		left, right, top := x(middle-b.width/2), x(middle+b.width/2), y(b.base[k]+value)
		if b.series.Live {
			c.DrawGlyph(b.ring, vg.Point{X: x(middle), Y: top})
		} else {
			bottom := y(max(b.base[k], p.Y.Min))
			c.FillPolygon(b.colour, []vg.Point{{X: left, Y: bottom}, {X: right, Y: bottom}, {X: right, Y: top}, {X: left, Y: top}})
		}
		if len(b.series.Low) == 0 || !known(b.series.Low[k]) || !known(b.series.High[k]) {
			continue
		}
		low, high, cap := y(max(b.base[k]+b.series.Low[k], p.Y.Min)), y(b.base[k]+b.series.High[k]), min((right-left)/4, vg.Points(3))
		if high-low < vg.Points(1) {
			continue // narrower than the line
		}
		c.StrokeLine2(whisker, x(middle), low, x(middle), high)
		c.StrokeLine2(whisker, x(middle)-cap, low, x(middle)+cap, low)
		c.StrokeLine2(whisker, x(middle)-cap, high, x(middle)+cap, high)
	}
}

// DataRange is that of the bars.
func (b *bars) DataRange() (xmin, xmax, ymin, ymax float64) {
	ymin, ymax = 0, 0
	for k, value := range b.series.Y {
		if known(value) {
			ymin, ymax = math.Min(ymin, b.base[k]+value), math.Max(ymax, b.base[k]+value)
		}
	}
	return -0.5, float64(len(b.series.Y)) - 0.5, ymin, ymax
}
