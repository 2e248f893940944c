package page

import (
	"math"
	"strings"

	"gonum.org/v1/plot"
)

// Chart is a picture of numbers over numbers: columns, lines, or both.
type Chart struct {
	Title    string
	Caption  string // what is to be seen, in words
	X, Y     Axis
	Columns  []Column
	Series   []Series
	Whiskers []Whisker
	Dots     []Dots
	Marks    []Mark  // upright lines
	Levels   []Level // lines across
	Shade    *Shade  // a part of the picture that is set apart
	Figures  *Table  // what is drawn, as a table; nil for none
}

// Axis is a direction of a chart.
type Axis struct {
	Label     string
	Low, High float64 // what is drawn; where both are 0, what there is to be seen, and 0
	Log       bool    // as far to twice as much everywhere; numbers that are not above 0 are not drawn
}

// Column is a bar from Y's lower end.
type Column struct{ From, To, Height float64 }

// Series is a line. Steps are points that hold until the next.
type Series struct {
	Name   string
	Points [][2]float64
	Steps  bool
}

// Mark is an upright line with a name.
type Mark struct {
	X    float64
	Name string
}

// Shade sets the part between two places of X apart.
type Shade struct {
	From, To float64
	Name     string
}

const (
	left, right = 46.0, 10.0 // margins of a chart
	foot        = 40.0
	plain       = 170.0 // height of the plot itself
	markRow     = 16.0
	broad       = 0.62 * letter // of a letter, about
	colours     = 6             // lines that can be told apart
)

// frame is where a chart's numbers are on paper.
type frame struct {
	x, y        Axis
	top, bottom float64
}

func (f *frame) across(x float64) float64 {
	return left + (pictureWidth-left-right)*f.x.part(x)
}

func (f *frame) up(y float64) float64 {
	return f.bottom - (f.bottom-f.top)*f.y.part(y)
}

// Drawing is the chart on paper.
func (c *Chart) Drawing() *drawing {
	f := c.frame()
	d := &drawing{Height: coordinate(f.bottom + foot)}
	if s := c.Shade; s != nil && s.To > s.From {
		d.shape("shade", box(f.across(s.From), f.top, f.across(s.To)-f.across(s.From), f.bottom-f.top), s.Name)
	}
	c.axes(d, f)
	for _, column := range c.Columns {
		from, to, top := f.across(column.From), f.across(column.To), f.up(column.Height)
		d.shape("column", box(from, top, max(to-from-0.7, 0.5), f.bottom-top), "")
	}
	c.whiskers(d, f)
	for i, s := range c.Series {
		d.shape(lineClass(i), polyline(s.path(f)), s.Name)
	}
	c.dots(d, f)
	c.levels(d, f)
	c.marks(d, f)
	return d
}

// path is a series on paper.
func (s *Series) path(f *frame) (out [][2]float64) {
	for i, p := range s.Points {
		x, y := f.across(p[0]), f.up(p[1])
		if s.Steps && i > 0 {
			out = append(out, [2]float64{x, out[len(out)-1][1]})
		}
		out = append(out, [2]float64{x, y})
	}
	return out
}

func (c *Chart) frame() *frame {
	top := 2*letter + markRow*float64(len(c.Marks))
	f := &frame{x: c.X, y: c.Y, top: top, bottom: top + plain}
	var xs, ys []float64
	for _, column := range c.Columns {
		xs, ys = append(xs, column.From, column.To), append(ys, column.Height)
	}
	for _, s := range c.Series {
		for _, p := range s.Points {
			xs, ys = append(xs, p[0]), append(ys, p[1])
		}
	}
	for _, s := range c.Dots {
		for _, p := range s.At {
			xs, ys = append(xs, p[0]), append(ys, p[1])
		}
	}
	for _, l := range c.Levels {
		ys = append(ys, l.Y)
	}
	for _, w := range c.Whiskers {
		ys = append(ys, w.Low, w.High)
	}
	f.x.fit(xs, 1)
	f.y.fit(ys, 1.05)
	return f
}

// fit sets the ends of an axis that has none to 0 and what there is to be seen, with some room.
func (a *Axis) fit(values []float64, room float64) {
	if a.Log {
		a.fitLog(values)
		return
	}
	if a.Low == 0 && a.High == 0 {
		for _, v := range values {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				a.Low, a.High = min(a.Low, v*room), max(a.High, v*room)
			}
		}
	}
	if !(a.High > a.Low) {
		a.High = a.Low + 1
	}
}

// axes draws the grid and the numbers beside it.
func (c *Chart) axes(d *drawing, f *frame) {
	for _, t := range ticks(f.y) {
		d.shape("grid", polyline([][2]float64{{left, f.up(t.Value)}, {pictureWidth - right, f.up(t.Value)}}), "")
		d.label("tick", left-5, f.up(t.Value)+letter/3, "end", t.Label)
	}
	for _, t := range ticks(f.x) {
		x := f.across(t.Value)
		d.shape("grid", polyline([][2]float64{{x, f.bottom}, {x, f.bottom + 4}}), "")
		anchor := "middle"
		if x > pictureWidth-right-letter {
			anchor = "end"
		}
		d.label("tick", x, f.bottom+letter+5, anchor, t.Label)
	}
	d.shape("axis", polyline([][2]float64{{left, f.bottom}, {pictureWidth - right, f.bottom}}), "")
	d.label("name", pictureWidth-right, f.bottom+2*letter+8, "end", c.X.Label)
	d.label("name", 0, letter-2, "start", c.Y.Label)
}

// ticks are the numbers at an axis.
func ticks(a Axis) (out []plot.Tick) {
	if a.Log {
		return logTicks(a.Low, a.High)
	}
	for _, t := range (plot.DefaultTicks{}).Ticks(a.Low, a.High) {
		if !t.IsMinor() && t.Value >= a.Low && t.Value <= a.High {
			t.Label = short(t.Label)
			out = append(out, t)
		}
	}
	return out
}

// short writes a number without zeros at its end.
func short(number string) string {
	if strings.Contains(number, ".") && !strings.Contains(number, "e") {
		return strings.TrimRight(strings.TrimRight(number, "0"), ".")
	}
	return strings.ReplaceAll(number, "e+0", "e")
}

// marks draws the upright lines, each with its name in a row of its own.
func (c *Chart) marks(d *drawing, f *frame) {
	for i, m := range c.Marks {
		x, y := f.across(m.X), 2*letter+markRow*float64(i)
		d.shape("mark", polyline([][2]float64{{x, y - letter + 3}, {x, f.bottom}}), m.Name)
		if x+4+broad*float64(len(m.Name)) > pictureWidth {
			d.label("marked", x-4, y, "end", m.Name)
		} else {
			d.label("marked", x+4, y, "start", m.Name)
		}
	}
}
