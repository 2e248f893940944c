package page

import (
	"fmt"
	"math"
	"slices"
)

// Stacks is a picture with a bar for each row, made of parts that add up.
type Stacks struct {
	Title   string
	Caption string
	Parts   []string // the names of the parts
	Rows    []Stack
	Figures *Table // what is drawn, as a table; nil for none
}

// Stack is a bar. What is not a number counts as nothing.
type Stack struct {
	Name   string
	Value  string // the whole, as it is written
	Values []float64
	Hints  []string // of each part, as it is written; nil for none
}

const (
	stackRow = 42.0
	stackBar = 16.0
)

func (s *Stack) sum() (sum float64) {
	for _, v := range s.Values {
		if v > 0 { // not NaN
			sum += v
		}
	}
	return sum
}

// Drawing is the picture on paper: the longest bar takes all the width.
func (s *Stacks) Drawing() *drawing {
	longest := 0.0
	for i := range s.Rows {
		longest = max(longest, s.Rows[i].sum())
	}
	d := &drawing{Height: coordinate(stackRow * float64(len(s.Rows)))}
	for i := range s.Rows {
		row, y := &s.Rows[i], stackRow*float64(i)
		d.label("row", 0, y+letter, "start", row.Name)
		d.label("row", pictureWidth, y+letter, "end", row.Value)
		d.shape("track", box(0, y+letter+6, pictureWidth, stackBar), "")
		x := 0.0
		for k, v := range row.Values {
			if math.IsNaN(v) || v <= 0 || longest == 0 {
				continue
			}
			width := pictureWidth * v / longest
			d.shape(fmt.Sprintf("part p%d", k%colours), box(x, y+letter+6, width, stackBar), s.hint(row, k))
			x += width
		}
	}
	return d
}

func (s *Stacks) hint(row *Stack, part int) string {
	if part < len(row.Hints) {
		return s.Parts[part] + ": " + row.Hints[part]
	}
	return s.Parts[part]
}

// Used are the parts that some row has.
func (s *Stacks) Used() (parts []Swatch) {
	for i, name := range s.Parts {
		if slices.ContainsFunc(s.Rows, func(r Stack) bool { return i < len(r.Values) && r.Values[i] > 0 }) {
			parts = append(parts, Swatch{fmt.Sprintf("p%d", i%colours), name})
		}
	}
	return parts
}
