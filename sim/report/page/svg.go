package page

import (
	"math"
	"strconv"
	"strings"
)

// Pictures are drawn 400 units wide, which is about the width of a phone and half that of a page: letters can be read on both.
const (
	pictureWidth = 400.0
	letter       = 13.0 // size of letters
)

// drawing is what a picture is made of, in the order in which it is painted.
type drawing struct {
	Height string
	Shapes []shape
	Labels []label
}

// shape is a path with the class that gives it its colour, and words that show when it is pointed at.
type shape struct{ Class, Path, Hint string }

// label is a text. Anchor is start, middle or end.
type label struct{ Class, X, Y, Anchor, Text string }

func (d *drawing) shape(class, path, hint string) {
	d.Shapes = append(d.Shapes, shape{class, path, hint})
}

func (d *drawing) label(class string, x, y float64, anchor, text string) {
	d.Labels = append(d.Labels, label{class, coordinate(x), coordinate(y), anchor, text})
}

// coordinate writes a place to a tenth of a unit.
func coordinate(x float64) string {
	return strconv.FormatFloat(math.Round(10*x)/10+0, 'f', -1, 64)
}

// box is the path of a rectangle.
func box(x, y, width, height float64) string {
	return "M" + coordinate(x) + " " + coordinate(y) + "h" + coordinate(width) + "v" + coordinate(height) + "h" + coordinate(-width) + "z"
}

// polyline is the path through points, broken where one is not known.
func polyline(points [][2]float64) string {
	var b strings.Builder
	pen := "M"
	for _, p := range points {
		if math.IsNaN(p[0]) || math.IsNaN(p[1]) {
			pen = "M"
			continue
		}
		b.WriteString(pen + coordinate(p[0]) + " " + coordinate(p[1]))
		pen = "L"
	}
	return b.String()
}
