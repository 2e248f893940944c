package sweep

import (
	"fmt"
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/palette/moreland"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"vsim/experiments/study"
	"vsim/experiments/study/picture"
	"vsim/sim/predict"
)

const (
	maxCells    = 200 // values of an axis of a heat map
	cellsToRead = 14  // up to so many cells to the right there is a number in each
)

var (
	noLatency = color.Gray{0xb0} // overloaded: the number has no meaning
	noPoint   = color.Gray{0xee} // invalid
)

// heatOf draws throughput and tail latency as colours over two axes.
func heatOf(axes []study.Axis, zip bool, rows []*Row) (*picture.Picture, string, error) {
	if zip || len(axes) != 2 || len(axes[0].Values) < 2 || len(axes[1].Values) < 2 {
		return nil, "", nil // nobody expects one
	}
	across, up := axes[1], axes[0]
	if len(across.Values) > maxCells || len(up.Values) > maxCells {
		return nil, fmt.Sprintf("a key has more than %d values", maxCells), nil
	}
	p := &picture.Picture{Width: 26 * vg.Centimeter, Height: 13 * vg.Centimeter, Legend: picture.NewLegend(), Panels: [][]*plot.Plot{nil}}
	for _, q := range quantities(rows) {
		h := newHeat(q, len(across.Values), rows)
		panel := plot.New()
		panel.Title.Text, panel.X.Label.Text, panel.Y.Label.Text = q.label, across.Key, up.Key
		panel.X.Tick.Marker, panel.Y.Tick.Marker = valueTicks(across.Values), valueTicks(up.Values)
		panel.X.Min, panel.X.Max, panel.Y.Min, panel.Y.Max = -0.5, float64(len(across.Values))-0.5, -0.5, float64(len(up.Values))-0.5
		panel.X.Padding, panel.Y.Padding = 0, 0
		panel.Add(h)
		p.Panels[0] = append(p.Panels[0], panel)
		p.Explained = true
		p.Legend.Add(q.label)
		h.explain(&p.Legend)
	}
	for _, special := range []struct {
		verdict predict.Verdict
		colour  color.Color
		words   string
	}{{predict.Overloaded, noLatency, overloadedWords}, {invalid, noPoint, "invalid"}} {
		for _, r := range rows {
			if r.Verdict == special.verdict {
				p.Legend.Add(special.words, picture.Swatch{Color: special.colour})
				break
			}
		}
	}
	return p, "", nil
}

// valueTicks name cells by their values, at most 20 of them.
func valueTicks(values []string) plot.Ticker {
	step := (len(values) + 19) / 20
	var out plot.ConstantTicks
	for i := 0; i < len(values); i += step {
		out = append(out, plot.Tick{Value: float64(i), Label: picture.Shortened(values[i])})
	}
	return out
}

// heat is a grid of cells, coloured by a number: the row of point (y, x) is y*width + x.
type heat struct {
	quantity
	width     int
	rows      []*Row
	low, high float64
	log       bool
}

func newHeat(q quantity, width int, rows []*Row) *heat {
	h := &heat{quantity: q, width: width, rows: rows, low: math.Inf(1), high: math.Inf(-1)}
	for _, r := range rows {
		if x := h.number(r); known(x) {
			h.low, h.high = min(h.low, x), max(h.high, x)
		}
	}
	h.log = h.low > 0 && h.high > 30*h.low
	return h
}

func (h *heat) number(r *Row) float64 { return r.Numbers[h.metric].Value * h.times }

// part is where a number lies between the least and the largest, from 0 to 1; NaN where it is not known.
func (h *heat) part(x float64) float64 {
	switch {
	case !known(x):
		return math.NaN()
	case h.high > h.low && h.log:
		return math.Log(x/h.low) / math.Log(h.high/h.low)
	case h.high > h.low:
		return (x - h.low) / (h.high - h.low)
	}
	return 0.5
}

// colour is dark where the number is small.
func (h *heat) colour(x float64) color.Color {
	part := h.part(x)
	colours := moreland.Kindlmann()
	colours.SetMin(0)
	colours.SetMax(1)
	c, err := colours.At(0.15 + 0.75*min(max(part, 0), 1)) // without the ends, which are black and white
	if err != nil {
		return noPoint
	}
	return c
}

// fill is the colour of a row's cell.
func (h *heat) fill(r *Row) color.Color {
	switch x := h.number(r); {
	case known(x):
		return h.colour(x)
	case r.Verdict == invalid:
		return noPoint
	}
	return noLatency
}

// Plot draws the cells, with their numbers where there is room.
func (h *heat) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for i, r := range h.rows {
		left, bottom := float64(i%h.width)-0.5, float64(i/h.width)-0.5
		fill := h.fill(r)
		c.FillPolygon(fill, []vg.Point{{X: x(left), Y: y(bottom)}, {X: x(left + 1), Y: y(bottom)}, {X: x(left + 1), Y: y(bottom + 1)}, {X: x(left), Y: y(bottom + 1)}})
		if h.width > cellsToRead || len(h.rows)/h.width > 2*cellsToRead {
			continue
		}
		text := p.X.Tick.Label
		text.XAlign, text.YAlign, text.Color, text.Rotation = draw.XCenter, draw.YCenter, ink(fill), 0
		text.Font.Size = vg.Points(8)
		c.FillText(text, vg.Point{X: x(left + 0.5), Y: y(bottom + 0.5)}, h.words(r))
	}
}

// words are what stands in a cell.
func (h *heat) words(r *Row) string {
	x := h.number(r)
	switch {
	case known(x) && r.Verdict == predict.Overloaded:
		return threeDigits(x) + " ×"
	case known(x):
		return threeDigits(x)
	}
	return "×"
}

func threeDigits(x float64) string {
	if x >= 999.5 && x < 1e7 {
		return strconv.FormatFloat(x, 'f', 0, 64)
	}
	return strconv.FormatFloat(x, 'g', 3, 64)
}

// DataRange is that of the cells.
func (h *heat) DataRange() (xmin, xmax, ymin, ymax float64) {
	return -0.5, float64(h.width) - 0.5, -0.5, float64(len(h.rows)/h.width) - 0.5
}

// explain adds the colours of five numbers from the largest to the smallest.
func (h *heat) explain(l *plot.Legend) {
	const steps = 4
	if !known(h.low) || !known(h.high) {
		return
	}
	for i := steps; i >= 0; i-- {
		x := h.low + (h.high-h.low)*float64(i)/steps
		if h.log {
			x = h.low * math.Pow(h.high/h.low, float64(i)/steps)
		}
		l.Add(threeDigits(x), picture.Swatch{Color: h.colour(x)})
		if h.high == h.low {
			return
		}
	}
}

// ink is black or white, whichever can be read on a colour.
func ink(on color.Color) color.Color {
	r, g, b, _ := on.RGBA()
	if 0.299*float64(r)+0.587*float64(g)+0.114*float64(b) > 0.55*0xffff {
		return color.Black
	}
	return color.White
}
