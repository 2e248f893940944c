package page

import "fmt"

// Dots are places of a chart that are marked, with or without a line through them.
type Dots struct {
	Name   string // in the legend; "" for none
	Colour int    // that of the line of this number
	Cross  bool   // a cross, instead of a dot
	At     [][2]float64
	Hints  []string // of each, shown when it is pointed at; nil for none
}

// Whisker is an upright line from one number to another, such as an interval around a dot.
type Whisker struct {
	X, Low, High float64
	Colour       int
}

// Level is a line across a chart with a name.
type Level struct {
	Y    float64
	Name string
	Left bool // its name is at its left end, else at its right one
}

const (
	dotRadius  = 3.5
	whiskerCap = 3.0 // half the width of a whisker's ends
)

// whiskers draws the intervals. What reaches out of the picture ends at its edge.
func (c *Chart) whiskers(d *drawing, f *frame) {
	for _, w := range c.Whiskers {
		if !finite(w.X) || !finite(w.Low) || !finite(w.High) {
			continue
		}
		x, low, high := f.across(w.X), f.up(max(w.Low, f.y.Low)), f.up(min(w.High, f.y.High))
		path := polyline([][2]float64{{x, low}, {x, high}}) + polyline([][2]float64{{x - whiskerCap, low}, {x + whiskerCap, low}}) + polyline([][2]float64{{x - whiskerCap, high}, {x + whiskerCap, high}})
		d.shape(fmt.Sprintf("line whisker s%d", w.Colour%colours), path, "")
	}
}

// dots draws the places that are marked.
func (c *Chart) dots(d *drawing, f *frame) {
	for i := range c.Dots {
		s := &c.Dots[i]
		for k, at := range s.At {
			if !finite(at[0]) || !finite(at[1]) {
				continue
			}
			class, path := fmt.Sprintf("dot s%d", s.Colour%colours), disc(f.across(at[0]), f.up(at[1]))
			if s.Cross {
				class, path = fmt.Sprintf("line s%d", s.Colour%colours), cross(f.across(at[0]), f.up(at[1]))
			}
			hint := s.Name
			if k < len(s.Hints) {
				hint = s.Hints[k]
			}
			d.shape(class, path, hint)
		}
	}
}

func disc(x, y float64) string {
	r, both := coordinate(dotRadius), coordinate(2*dotRadius)
	return "M" + coordinate(x-dotRadius) + " " + coordinate(y) + "a" + r + " " + r + " 0 0 1 " + both + " 0a" + r + " " + r + " 0 0 1 -" + both + " 0z"
}

func cross(x, y float64) string {
	const r = dotRadius + 0.5
	return polyline([][2]float64{{x - r, y - r}, {x + r, y + r}}) + polyline([][2]float64{{x - r, y + r}, {x + r, y - r}})
}

// levels draws the lines across, each with its name above an end.
func (c *Chart) levels(d *drawing, f *frame) {
	for _, l := range c.Levels {
		if !(l.Y >= f.y.Low && l.Y <= f.y.High) {
			continue
		}
		y := f.up(l.Y)
		d.shape("mark", polyline([][2]float64{{left, y}, {pictureWidth - right, y}}), l.Name)
		if l.Left {
			d.label("marked", left+4, y-4, "start", l.Name)
		} else {
			d.label("marked", pictureWidth-right, y-4, "end", l.Name)
		}
	}
}
