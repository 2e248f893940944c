package paper

import (
	"fmt"
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"vsim/experiments/study/picture"
)

const (
	panelWidth  = 16 * vg.Centimeter
	panelHeight = 9.5 * vg.Centimeter
	titleWidth  = 62 // characters
	predictedAs = 2.2
	measuredAs  = 3.4 // radii of points
)

// Drawn is the plot as a file.
func (p *Plot) Drawn(ending string) ([]byte, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	panel := plot.New()
	panel.Title.Text = strings.Join(wrapped(p.Title, titleWidth), "\n")
	panel.Title.Padding = vg.Millimeter * 2
	panel.X.Label.Text, panel.Y.Label.Text = p.X, p.Y
	legend := picture.NewLegend()
	var err error
	height := panelHeight
	switch p.Kind {
	case Bars, Stacked:
		grid := plotter.NewGrid()
		grid.Vertical.Width = 0
		panel.Add(grid)
		height += p.columns(panel)
		p.addBars(panel, &legend)
	default:
		panel.Add(plotter.NewGrid())
		err = p.addLines(panel, &legend)
	}
	if err != nil {
		return nil, err
	}
	p.scales(panel)
	out := picture.Picture{Panels: [][]*plot.Plot{{panel}}, Width: panelWidth, Height: height, Legend: legend,
		Explained: len(p.Series) > 1 || len(p.Series) == 1 && p.Series[0].Name != ""}
	return out.Drawn(ending)
}

// check says what a figure gave that cannot be drawn.
func (p *Plot) check() error {
	for _, s := range p.Series {
		switch {
		case p.overCategories() && len(s.Y) != len(p.Categories):
			return fmt.Errorf("series %q has %d numbers for %d categories", s.Name, len(s.Y), len(p.Categories))
		case !p.overCategories() && len(s.Y) != len(s.X):
			return fmt.Errorf("series %q has %d numbers for %d places", s.Name, len(s.Y), len(s.X))
		case len(s.Low) != len(s.High) || len(s.Low) != 0 && len(s.Low) != len(s.Y):
			return fmt.Errorf("series %q has intervals of %d and %d ends for %d numbers", s.Name, len(s.Low), len(s.High), len(s.Y))
		}
	}
	return nil
}

func (p *Plot) overCategories() bool { return p.Kind == Bars || p.Kind == Stacked }

// partner is the predicted series that a measured one lies beside: its name begins the measured one's. It shares its colour and place.
func (p *Plot) partner(i int) (at int, found bool) {
	at = i
	longest := -1
	for k, s := range p.Series {
		if !s.Live && strings.HasPrefix(p.Series[i].Name, s.Name) && len(s.Name) > longest {
			at, longest, found = k, len(s.Name), true
		}
	}
	return at, found
}

// look is how the i-th series is drawn.
func (p *Plot) look(i int) draw.LineStyle {
	if p.Series[i].Live {
		i, _ = p.partner(i)
	}
	return picture.Line(i)
}

// glyphs tell points apart where their colours do not; what was measured is a ring.
var glyphs = []draw.GlyphDrawer{draw.CircleGlyph{}, draw.SquareGlyph{}, draw.TriangleGlyph{}, draw.PyramidGlyph{}, draw.BoxGlyph{}, draw.PlusGlyph{}, draw.CrossGlyph{}}

func (p *Plot) point(i int) draw.GlyphStyle {
	style := draw.GlyphStyle{Color: p.look(i).Color, Radius: vg.Points(predictedAs), Shape: glyphs[i%len(glyphs)]}
	if p.Series[i].Live {
		style.Radius, style.Shape = vg.Points(measuredAs), draw.RingGlyph{}
	}
	return style
}

// scales sets the axes: those of numbers from 0, where nothing is below it.
func (p *Plot) scales(panel *plot.Plot) {
	low, high := p.heights()
	switch {
	case low > high: // nothing to draw
		panel.Y.Min, panel.Y.Max = 0, 1
	case p.logY():
		panel.Y.Scale, panel.Y.Tick.Marker = plot.LogScale{}, picture.LogTicks{}
		panel.Y.Min, panel.Y.Max = low/1.3, high*1.3
		if p.Kind == Bars {
			panel.Y.Min = low / 2 // the least bar has a height too
		}
	default:
		panel.Y.Tick.Marker = picture.Steps{}
		room := 0.05 * (max(high, 0) - min(low, 0))
		panel.Y.Min, panel.Y.Max = 0, high+room
		if low < 0 {
			panel.Y.Min = low - room
		}
		if high <= 0 {
			panel.Y.Max = 0
		}
	}
	if panel.Y.Min >= panel.Y.Max {
		panel.Y.Max = panel.Y.Min + 1
	}
	if p.overCategories() {
		return
	}
	var all []float64
	for _, s := range p.Series {
		for _, x := range s.X {
			if known(x) && (x > 0 || !p.LogX) {
				all = append(all, x)
			}
		}
	}
	if len(all) == 0 {
		panel.X.Min, panel.X.Max = 0, 1
		return
	}
	if p.LogX {
		panel.X.Scale = plot.LogScale{}
	}
	panel.X.Tick.Marker = p.ticks(all)
	if panel.X.Min >= panel.X.Max {
		panel.X.Min, panel.X.Max = panel.X.Min/1.5, panel.X.Max*1.5+1e-9
	}
}

// logY says that the numbers are drawn so: none may be 0 or less. Parts of a sum cannot be.
func (p *Plot) logY() bool { return p.LogY && p.Kind != Stacked }

// heights are the ends of what is drawn.
func (p *Plot) heights() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	take := func(y float64) {
		if known(y) && (y > 0 || !p.logY()) {
			low, high = min(low, y), max(high, y)
		}
	}
	sums := make([]float64, len(p.Categories))
	for _, s := range p.Series {
		for k, y := range s.Y {
			if p.Kind == Stacked && !s.Live {
				if known(y) {
					sums[k] += y
				}
				take(sums[k])
				continue
			}
			take(y)
			if len(s.Low) > 0 && known(y) {
				if !p.logY() || s.Low[k] > y/10 {
					take(s.Low[k])
				}
				take(s.High[k])
			}
		}
	}
	return low, high
}

// ticks are at the numbers themselves where they are few and far enough from each other, and in steps elsewhere.
func (p *Plot) ticks(all []float64) plot.Ticker {
	ticks, few := picture.TicksAt(all, p.LogX).(plot.ConstantTicks)
	place := func(x float64) float64 {
		if p.LogX {
			return math.Log(x)
		}
		return x
	}
	for i := 1; few && i < len(ticks); i++ {
		whole := place(ticks[len(ticks)-1].Value) - place(ticks[0].Value)
		few = place(ticks[i].Value)-place(ticks[i-1].Value) > whole/18
	}
	switch {
	case few:
		return ticks
	case p.LogX:
		return picture.LogTicks{}
	}
	return picture.Steps{}
}

// ranged are points with the ends of their intervals.
type ranged struct {
	plotter.XYs
	plotter.YErrors
}

// points of a series that can be drawn, with their intervals where there are any.
func (p *Plot) points(s *Series) (out ranged) {
	for k, y := range s.Y {
		x := s.X[k]
		if !known(x) || !known(y) || p.LogX && x <= 0 || p.logY() && y <= 0 {
			continue
		}
		below, above := 0.0, 0.0
		if len(s.Low) > 0 && known(s.Low[k]) && known(s.High[k]) {
			below, above = max(y-s.Low[k], 0), max(s.High[k]-y, 0)
		}
		if p.logY() {
			below = min(below, 0.9*y)
		}
		out.XYs = append(out.XYs, plotter.XY{X: x, Y: y})
		out.YErrors = append(out.YErrors, struct{ Low, High float64 }{below, above})
	}
	return out
}

// addLines draws series of points, joined where they are predicted and the plot is one of lines.
func (p *Plot) addLines(panel *plot.Plot, legend *plot.Legend) error {
	for i := range p.Series {
		s := &p.Series[i]
		points := p.points(s)
		line, dots, err := plotter.NewLinePoints(append(plotter.XYs{}, points.XYs...))
		if len(points.XYs) == 0 {
			continue
		}
		if err != nil {
			return err
		}
		line.LineStyle, dots.GlyphStyle = p.look(i), p.point(i)
		thumbnails := []plot.Thumbnailer{dots}
		if p.Kind == Lines && !s.Live {
			panel.Add(line)
			thumbnails = []plot.Thumbnailer{line, dots}
		}
		panel.Add(dots)
		legend.Add(picture.Shortened(s.Name), thumbnails...)
		if len(s.Low) == 0 {
			continue
		}
		whiskers, err := plotter.NewYErrorBars(points)
		if err != nil {
			return err
		}
		whiskers.Color, whiskers.CapWidth = line.Color, vg.Points(4)
		panel.Add(whiskers)
	}
	return nil
}

// columns names the categories below their bars, and gives the height that names which do not fit beside each other take.
func (p *Plot) columns(panel *plot.Plot) vg.Length {
	if len(p.Categories) == 0 {
		return 0
	}
	panel.NominalX(p.Categories...)
	panel.X.Min, panel.X.Max, panel.X.Padding = -0.5, float64(len(p.Categories))-0.5, 0
	panel.Y.Padding, panel.X.Tick.Length = 0, vg.Points(4)
	label := &panel.X.Tick.Label
	longest := vg.Length(0)
	for _, c := range p.Categories {
		longest = max(longest, label.Width(c))
	}
	room := (panelWidth - 2*vg.Centimeter) / vg.Length(len(p.Categories))
	if longest <= 0.95*room {
		return 0
	}
	label.Rotation, label.XAlign, label.YAlign = math.Pi/4, draw.XRight, draw.YTop
	if room < 0.5*vg.Centimeter {
		label.Rotation, label.YAlign = math.Pi/2, draw.YCenter
		label.Font.Size = min(font.Length(0.85*room), label.Font.Size)
	}
	return 0.7 * longest
}

// addBars draws bars side by side or one on the other, and what was measured as points on them.
func (p *Plot) addBars(panel *plot.Plot, legend *plot.Legend) {
	side := 0
	var slot = map[int]int{}
	for i, s := range p.Series {
		if !s.Live {
			slot[i] = side
			side++
		}
	}
	const filled = 0.8 // of a category's room
	width := filled
	if p.Kind == Bars && side > 0 {
		width = filled / float64(side)
	}
	under := make([]float64, len(p.Categories))
	for i := range p.Series {
		s := &p.Series[i]
		b := &bars{series: s, width: width, colour: p.look(i).Color, base: make([]float64, len(s.Y))}
		at, found := p.partner(i)
		if p.Kind == Bars && (!s.Live || found) {
			b.offset = (float64(slot[at])+0.5)*width - filled/2
		}
		if p.Kind == Stacked && !s.Live {
			copy(b.base, under)
			for k, y := range s.Y {
				if known(y) {
					under[k] += y
				}
			}
		}
		panel.Add(b)
		if s.Live {
			ring := p.point(i)
			ring.Color = color.Black
			b.ring = ring
			legend.Add(picture.Shortened(s.Name), &plotter.Scatter{GlyphStyle: ring})
			continue
		}
		legend.Add(picture.Shortened(s.Name), picture.Swatch{Color: b.colour})
	}
}
