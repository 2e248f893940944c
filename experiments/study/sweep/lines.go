package sweep

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"vsim/experiments/study"
	"vsim/experiments/study/picture"
	"vsim/sim/predict"
)

// maxLines is how many lines a plot has at most: each colour whole and dashed.
var maxLines = 2 * len(picture.Colours)

// curve is a line of a plot: rows by the number of the axis that runs to the right.
type curve struct {
	name string
	at   []float64
	rows []*Row
}

// linesOf draws throughput and tail latency over the axis that has the most numbers, a line for each value of the others. Without
// such an axis, or with too many lines, there is no picture.
func linesOf(axes []study.Axis, zip bool, rows []*Row) (*picture.Picture, string, error) {
	x, numbers := widest(axes)
	if x < 0 {
		return nil, "no key is varied over two numbers or more", nil
	}
	curves := curvesOf(axes, x, numbers.numbers, zip, rows)
	if len(curves) > maxLines {
		return nil, fmt.Sprintf("the other keys have %d combinations, and a plot shows %d lines", len(curves), maxLines), nil
	}
	p := &picture.Picture{Width: 17 * vg.Centimeter, Height: 18 * vg.Centimeter, Legend: picture.NewLegend()}
	if len(curves) > 1 {
		p.Explained = true
		if len(axes) == 2 {
			p.Legend.Add(picture.Shortened(axes[1-x].Key))
		}
	}
	for i, q := range quantities(rows) {
		panel, err := linePanel(q, curves, label(axes[x].Key, numbers.unit), numbers.numbers)
		if err != nil {
			return nil, "", err
		}
		if i == 0 {
			explain(p, curves)
		}
		p.Panels = append(p.Panels, []*plot.Plot{panel})
	}
	return p, "", nil
}

// widest is the axis with the most numbers, -1 for none. Seeds only name chances.
func widest(axes []study.Axis) (at int, of scale) {
	at = -1
	for i, a := range axes {
		s, ok := scaleOf(a)
		if ok && a.Key != "run.seed" && len(s.numbers) > max(1, len(of.numbers)) {
			at, of = i, s
		}
	}
	return at, of
}

// curvesOf groups the rows by the values of the other axes, in the order of the points. Of keys that change together there is one.
func curvesOf(axes []study.Axis, x int, numbers []float64, zip bool, rows []*Row) (out []curve) {
	number := map[string]float64{}
	for i, v := range axes[x].Values {
		number[v] = numbers[i]
	}
	index := map[string]int{}
	for _, r := range rows {
		name := ""
		if !zip {
			name = nameOf(axes, x, r.Point)
		}
		i, ok := index[name]
		if !ok {
			i = len(out)
			index[name], out = i, append(out, curve{name: name})
		}
		out[i].at, out[i].rows = append(out[i].at, number[r.Point.Values[x]]), append(out[i].rows, r)
	}
	for i := range out {
		out[i].sort()
	}
	return out
}

// nameOf are the values of the axes but x: of a single one the value alone.
func nameOf(axes []study.Axis, x int, p study.Point) string {
	if len(axes) == 2 {
		return p.Values[1-x]
	}
	return study.Point{Values: slices.Delete(slices.Clone(p.Values), x, x+1)}.Name(slices.Delete(slices.Clone(axes), x, x+1))
}

func (c *curve) sort() {
	order := make([]int, len(c.at))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case c.at[a] < c.at[b]:
			return -1
		case c.at[a] > c.at[b]:
			return 1
		}
		return 0
	})
	sorted := curve{name: c.name}
	for _, i := range order {
		sorted.at, sorted.rows = append(sorted.at, c.at[i]), append(sorted.rows, c.rows[i])
	}
	*c = sorted
}

// overloadedWords say in legends what the mark and the colour of such points mean.
const overloadedWords = "overloaded: no steady latency"

// overloadedGlyph marks points that do not keep up.
func overloadedGlyph(c color.Color) draw.GlyphStyle {
	return draw.GlyphStyle{Color: c, Radius: vg.Points(4), Shape: draw.CrossGlyph{}}
}

// explain fills the legend.
func explain(p *picture.Picture, curves []curve) {
	over := false
	for i, c := range curves {
		if line := (&plotter.Line{LineStyle: picture.Line(i)}); p.Explained {
			p.Legend.Add(picture.Shortened(c.name), line)
		}
		over = over || slices.ContainsFunc(c.rows, func(r *Row) bool { return r.Verdict == predict.Overloaded })
	}
	if over {
		p.Explained = true
		p.Legend.Add(overloadedWords, &plotter.Scatter{GlyphStyle: overloadedGlyph(color.Black)})
	}
}

// linePanel is the plot of one number.
func linePanel(q quantity, curves []curve, xLabel string, numbers []float64) (*plot.Plot, error) {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = xLabel, q.label
	p.Add(plotter.NewGrid())
	var heights []float64
	for i := range curves {
		for _, part := range curves[i].parts(q) {
			if err := addLine(p, part, picture.Line(i)); err != nil {
				return nil, err
			}
			for k, point := range part.XYs {
				heights = append(heights, point.Y, point.Y+part.YErrors[k].High)
			}
		}
		if over := curves[i].overloaded(q); len(over) > 0 {
			marks, err := plotter.NewScatter(over)
			if err != nil {
				return nil, err
			}
			marks.GlyphStyle = overloadedGlyph(picture.Colours[i%len(picture.Colours)])
			p.Add(marks)
		}
	}
	ofLog := picture.Logarithmic(numbers)
	p.X.Tick.Marker = picture.TicksAt(numbers, ofLog)
	p.X.Min, p.X.Max = slices.Min(numbers), slices.Max(numbers)
	if ofLog {
		p.X.Scale = plot.LogScale{}
	}
	if len(heights) == 0 {
		p.Title.Text = "no point has one"
		p.Y.Min, p.Y.Max = 0, 1
		return p, nil
	}
	if low, high := slices.Min(heights), slices.Max(heights); low > 0 && high > 30*low {
		p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, picture.LogTicks{}
		p.Y.Min, p.Y.Max = low/1.2, high*1.2
	} else {
		p.Y.Min = 0
		p.Y.Max = max(p.Y.Max, 1.05*high)
	}
	return p, nil
}

// stretch is a part of a line without a gap, with its intervals.
type stretch struct {
	plotter.XYs
	plotter.YErrors
}

// parts cuts a curve where the number is not known.
func (c *curve) parts(q quantity) (out []stretch) {
	broken := true
	for i, r := range c.rows {
		e := r.Numbers[q.metric].Times(q.times)
		if !known(e.Value) {
			broken = true
			continue
		}
		if broken {
			out = append(out, stretch{})
		}
		broken = false
		last := &out[len(out)-1]
		low, high := e.Value-e.Low, e.High-e.Value
		if !known(low) || !known(high) {
			low, high = 0, 0
		}
		last.XYs = append(last.XYs, plotter.XY{X: c.at[i], Y: e.Value})
		last.YErrors = append(last.YErrors, struct{ Low, High float64 }{min(low, 0.95*math.Abs(e.Value)), high})
	}
	return out
}

// overloaded are the points that do not keep up and have the number.
func (c *curve) overloaded(q quantity) (out plotter.XYs) {
	for i, r := range c.rows {
		if x := r.Numbers[q.metric].Value; r.Verdict == predict.Overloaded && known(x) {
			out = append(out, plotter.XY{X: c.at[i], Y: x * q.times})
		}
	}
	return out
}

// addLine draws a stretch with its points and intervals.
func addLine(p *plot.Plot, s stretch, like draw.LineStyle) error {
	line, dots, err := plotter.NewLinePoints(s.XYs)
	if err != nil {
		return err
	}
	bars, err := plotter.NewYErrorBars(s)
	if err != nil {
		return err
	}
	line.LineStyle = like
	dots.GlyphStyle = draw.GlyphStyle{Color: like.Color, Radius: vg.Points(2), Shape: draw.CircleGlyph{}}
	bars.LineStyle.Color, bars.CapWidth = like.Color, vg.Points(4)
	p.Add(line, dots, bars)
	return nil
}
